/// Unicode's letters, digits and separators (general categories L, N and Z), which tags may hold. The table is made by
/// `wire/make_unicode_classes.py`. Pure; any thread.
#pragma once

namespace rollcall::wire {

/// True for a character of category L*, N* or Z* in Unicode 14.
[[nodiscard]] bool is_letter_number_or_separator(char32_t character) noexcept;

} // namespace rollcall::wire
