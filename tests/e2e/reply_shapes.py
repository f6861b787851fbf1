"""Holds replies, as they came over the wire, against Rekognition's service model.

The model is the one in Debian's `awscli` (its botocore), extended by later_members.json. Stricter than the clients: it
also checks enumerations, patterns, ranges and members that no model knows, which clients pass over.
"""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = "data/rekognition/2016-06-27/service-2.json"

# Errors of the protocol and of authentication: no model lists them.
COMMON_ERRORS = {
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InternalServerError",
    "InvalidParameterException", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "ProvisionedThroughputExceededException", "SerializationException", "ThrottlingException",
    "UnknownOperationException", "UnrecognizedClientException", "ValidationException",
}
SERVER_FAULTS = {"InternalServerError", "ThrottlingException"}


def model_file():
    """Path of the service model, or None where no botocore of Debian is installed."""
    for package in ("awscli.botocore", "botocore"):
        try:
            module = __import__(package, fromlist=["__file__"])
        except ImportError:
            continue
        path = os.path.join(os.path.dirname(module.__file__), MODEL)
        if os.path.exists(path):
            return path
    return None


def load_model():
    with open(model_file(), encoding="utf-8") as file:
        model = json.load(file)
    with open(os.path.join(HERE, "later_members.json"), encoding="utf-8") as file:
        later = json.load(file)
    shapes = model["shapes"]
    for name, shape in later["shapes"].items():
        assert name not in shapes, name
        shapes[name] = shape
    for name, members in later["members"].items():
        shapes[name]["members"].update(members)
    # A stream processor's input is the URI of a camera here, in the place of an ARN.
    del shapes["KinesisVideoArn"]["pattern"]
    operations = {
        name: {"output": one["output"]["shape"] if "output" in one else None,
               "errors": {error["shape"] for error in one.get("errors", [])}}
        for name, one in model["operations"].items()}
    for name, one in later["operations"].items():
        operations[name] = {"output": one["output"], "errors": set(one["errors"])}
    return {"operations": operations, "shapes": shapes}


class Checker:
    def __init__(self, model):
        self.model = model
        self.problems = []

    def complain(self, where, what):
        self.problems.append(f"{where}: {what}")

    def check_reply(self, reply):
        """`reply`: operation, status, headers (lower-case names), body (text), as the proxy records them."""
        operation = reply["operation"]
        where = f"{operation} {reply['status']}"
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", reply["headers"].get("x-amzn-requestid", "")):
            self.complain(where, "no x-amzn-RequestId")
        if reply["headers"].get("content-type") != "application/x-amz-json-1.1":
            self.complain(where, f"content type {reply['headers'].get('content-type')}")
        if "x-amz-crc32" in reply["headers"] or "date" not in reply["headers"]:
            self.complain(where, "x-amz-crc32 must not, Date must be there")
        try:
            body = json.loads(reply["body"], parse_constant=lambda word: self.complain(where, f"{word} in the body"))
        except ValueError as wrong:
            return self.complain(where, f"no JSON: {wrong}")
        if reply["status"] == 200:
            return self.check_success(where, operation, body)
        return self.check_error(where, operation, reply["status"], body)

    def check_success(self, where, operation, body):
        known = self.model["operations"].get(operation)
        if known is None:
            return self.complain(where, "success of an operation that does not exist")
        if known["output"] is not None:
            self.check(where, known["output"], body)
        return None

    def check_error(self, where, operation, status, body):
        kind = body.get("__type") if isinstance(body, dict) else None
        if not isinstance(kind, str):
            return self.complain(where, "an error without __type")
        known = self.model["operations"].get(operation, {"errors": set()})
        if kind not in known["errors"] | COMMON_ERRORS:
            self.complain(where, f"{kind} is not an error of this operation")
        if status not in ((400, 500) if kind in SERVER_FAULTS else (400,)):
            self.complain(where, f"{kind} with status {status}")
        message = body.get("message", body.get("Message"))
        if kind != "UnknownOperationException" and not (isinstance(message, str) and message):
            self.complain(where, f"{kind} without a message")
        if "Code" in body and body["Code"] != kind:
            self.complain(where, f"Code {body['Code']} beside __type {kind}")
        unknown = set(body) - {"__type", "message", "Message", "Code", "Logref"}
        if unknown:
            self.complain(where, f"unknown members of an error: {sorted(unknown)}")
        return None

    def check(self, where, shape_name, value):
        shape = self.model["shapes"][shape_name]
        getattr(self, "check_" + shape["type"])(f"{where}", shape, value)

    def check_structure(self, where, shape, value):
        if not isinstance(value, dict):
            return self.complain(where, f"an object was expected: {value!r}")
        for name in shape.get("required", []):
            if name not in value:
                self.complain(where, f"{name} is required")
        for name, one in value.items():
            if name not in shape["members"]:
                self.complain(where, f"{name} is in no model")
            elif one is None:
                self.complain(where, f"{name} is null: absent values are left out")
            else:
                self.check(f"{where}.{name}", shape["members"][name]["shape"], one)
        return None

    def check_list(self, where, shape, value):
        if not isinstance(value, list):
            return self.complain(where, f"a list was expected: {value!r}")
        # Minimum lengths are those of requests that share the shape: DeletedFaces may well be empty.
        self.check_size(where, {"max": shape.get("max", len(value))}, len(value))
        for index, one in enumerate(value):
            self.check(f"{where}[{index}]", shape["member"]["shape"], one)
        return None

    def check_map(self, where, shape, value):
        if not isinstance(value, dict):
            return self.complain(where, f"a map was expected: {value!r}")
        self.check_size(where, shape, len(value))
        for name, one in value.items():
            self.check(f"{where}{{key}}", shape["key"]["shape"], name)
            self.check(f"{where}.{name}", shape["value"]["shape"], one)
        return None

    def check_string(self, where, shape, value):
        if not isinstance(value, str):
            return self.complain(where, f"a string was expected: {value!r}")
        self.check_size(where, shape, len(value))
        if "enum" in shape and value not in shape["enum"]:
            self.complain(where, f"{value!r} is not in the enumeration")
        pattern = shape.get("pattern", "")
        if pattern and r"\p" not in pattern and not re.fullmatch(pattern, value):
            self.complain(where, f"{value!r} does not match {pattern}")
        return None

    def check_number(self, where, shape, value, kinds):
        if isinstance(value, bool) or not isinstance(value, kinds):
            return self.complain(where, f"a number of another kind was expected: {value!r}")
        if not shape.get("min", value) <= value <= shape.get("max", value):
            self.complain(where, f"{value} is out of range")
        return None

    def check_float(self, where, shape, value):
        self.check_number(where, shape, value, (int, float))

    def check_double(self, where, shape, value):
        self.check_number(where, shape, value, (int, float))

    def check_integer(self, where, shape, value):
        self.check_number(where, shape, value, int)

    def check_long(self, where, shape, value):
        self.check_number(where, shape, value, int)

    def check_boolean(self, where, _shape, value):
        if not isinstance(value, bool):
            self.complain(where, f"a boolean was expected: {value!r}")

    def check_timestamp(self, where, _shape, value):
        # Seconds: 2020 to 2100. Milliseconds would crash one client and give the other the year 55840.
        self.check_number(where, {"min": 1_577_836_800, "max": 4_102_444_800}, value, (int, float))

    def check_size(self, where, shape, size):
        if not shape.get("min", size) <= size <= shape.get("max", size):
            self.complain(where, f"length {size} is out of range")


def check_all(replies):
    """Complaints about the replies, one line each; and what was seen: {(operation, 'ok' or the error's name): count}."""
    checker = Checker(load_model())
    seen = {}
    for reply in replies:
        checker.check_reply(reply)
        outcome = "ok" if reply["status"] == 200 else error_name(reply["body"])
        seen[(reply["operation"], outcome)] = seen.get((reply["operation"], outcome), 0) + 1
    return checker.problems, seen


def error_name(body):
    try:
        return json.loads(body).get("__type", "?")
    except (ValueError, AttributeError):
        return "?"
