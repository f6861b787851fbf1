/// Frames that programs push: who sent them, for which camera, and on to INGEST. Nothing is answered, so what becomes
/// of a frame is counted, and said in the log. Called on one thread, that of the sockets.
#pragma once

#include "front/realtime/realtime_sockets.hpp"
#include "front/services.hpp"

#include <memory>

namespace rollcall::front {

class frame_intake {
public:
  explicit frame_intake(services& with);

  /// Counts into rollcall_zmq_frames_total by `outcome`: taken; refused (the key, the header, the camera); dropped (too
  /// many on their way).
  void take(realtime_message frame);

private:
  struct counters;

  [[nodiscard]] core::result<actors::pushed_frame> read(realtime_message& frame) const;
  void push(actors::pushed_frame frame);

  services& with_;
  std::shared_ptr<counters> counts_;
};

} // namespace rollcall::front
