#!/usr/bin/python3
"""A tour of all but the user operations with Debian's `aws` as an unmodified client. Exit code 0: every step held.

aws_tour.py --pictures DIR --collection NAME --endpoint URL [--limited URL] [--signed] [--short]
Credentials come from the environment, as AWS's own names. --limited: a node with room for two pictures at a time.
--short: two calls, enough to see that a node without keys takes any credentials.
"""
import argparse
import base64
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

AWS = "/usr/bin/aws"
CALL_TIMEOUT = 120
# The same program with its clock set off: the signing code takes the time from this module's datetime.
SHIFTED_AWS = """
import datetime, sys, types
from awscli.clidriver import main
import botocore.auth as auth  # the name under which the client itself knows it
shift = datetime.timedelta(seconds=int(sys.argv.pop(1)))
class Shifted(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return datetime.datetime.utcnow() + shift
auth.datetime = types.SimpleNamespace(datetime=Shifted)
sys.exit(main())
"""


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Client:
    def __init__(self, endpoint, folder, **environment):
        self.endpoint = endpoint
        self.folder = folder
        self.environment = {**os.environ, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                            "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_PAGER": "",
                            **environment}

    def command(self, operation, *options, program=(AWS,)):
        return [*program, "rekognition", operation, "--endpoint-url", self.endpoint, "--output", "json", *options]

    def run(self, operation, *options, program=(AWS,)):
        return subprocess.run(self.command(operation, *options, program=program), env=self.environment,
                              cwd=self.folder, capture_output=True, text=True, timeout=CALL_TIMEOUT, check=False)

    def call(self, operation, *options):
        """The reply as the client prints it; empty where it prints nothing."""
        done = self.run(operation, *options)
        expect(done.returncode == 0, f"{operation}: exit code {done.returncode}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(self, name, operation, *options, program=(AWS,)):
        """The operation must fail with the error called `name`; gives the client's message."""
        done = self.run(operation, *options, program=program)
        expect(done.returncode == 254, f"{operation} was to fail with {name}: exit code {done.returncode}: "
                                       f"{done.stdout}{done.stderr}")
        found = re.search(r"An error occurred \((\w+)\)", done.stderr)
        expect(found and found.group(1) == name, f"{operation} was to fail with {name}: {done.stderr}")
        return done.stderr


def face_ids(faces):
    return [face["FaceId"] for face in faces]


class Tour:
    def __init__(self, given):
        self.given = given
        self.client = Client(given.endpoint, given.pictures)
        self.collection = ("--collection-id", given.collection)
        self.faces = {}
        self.arn = ""

    def collections(self):
        aws = self.client
        made = aws.call("create-collection", *self.collection, "--tags", "purpose=tour")
        expect(made["StatusCode"] == 200, made)
        aws.refused("ResourceAlreadyExistsException", "create-collection", *self.collection)
        described = aws.call("describe-collection", *self.collection)
        expect(described["FaceCount"] == 0 and described["CollectionARN"] == made["CollectionArn"], described)
        # The client parses the timestamp and prints ISO 8601: milliseconds would have crashed it.
        expect(re.match(r"20\d\d-\d\d-\d\dT", described["CreationTimestamp"]), described)
        self.arn = made["CollectionArn"]
        aws.call("create-collection", "--collection-id", self.given.collection + ".second")
        listed = aws.call("list-collections", "--page-size", "1")
        expect({self.given.collection, self.given.collection + ".second"} <= set(listed["CollectionIds"]), listed)
        expect(len(listed["CollectionIds"]) == len(listed["FaceModelVersions"]), listed)
        aws.refused("ResourceNotFoundException", "describe-collection", "--collection-id", "nobody-made-this")
        aws.refused("ValidationException", "create-collection", "--collection-id", "with space")

    def tags(self):
        aws, arn = self.client, ("--resource-arn", self.arn)
        aws.call("tag-resource", *arn, "--tags", "site=north,floor=2")
        aws.call("untag-resource", *arn, "--tag-keys", "site", "never-there")
        expect(aws.call("list-tags-for-resource", *arn)["Tags"] == {"purpose": "tour", "floor": "2"}, "tags")

    def streams(self):
        aws, name = self.client, ("--name", self.given.collection + ".door")
        made = aws.call("create-stream-processor", *name, "--input",
                        json.dumps({"KinesisVideoStream": {"Arn": "rtsp://user:word@camera.example/1"}}),
                        "--stream-processor-output",
                        json.dumps({"S3Destination": {"Bucket": "pictures", "KeyPrefix": "faces/"}}), "--settings",
                        json.dumps({"FaceSearch": {"CollectionId": self.given.collection}}), "--role-arn",
                        "arn:aws:iam::000000000000:role/streams", "--tags", "floor=2")
        described = aws.call("describe-stream-processor", *name)
        expect(described["StreamProcessorArn"] == made["StreamProcessorArn"], described)
        expect(described["Status"] == "STOPPED" and re.match(r"20\d\d-", described["CreationTimestamp"]), described)
        expect(described["Settings"]["FaceSearch"]["FaceMatchThreshold"] == 80, described)
        expect(described["Output"] == {"S3Destination": {"Bucket": "pictures", "KeyPrefix": "faces/"}}, described)
        listed = aws.call("list-stream-processors", "--page-size", "1")["StreamProcessors"]
        expect({"Name": name[1], "Status": "STOPPED"} in listed, listed)
        aws.refused("ResourceInUseException", "stop-stream-processor", *name)
        aws.call("delete-stream-processor", *name)
        aws.refused("ResourceNotFoundException", "start-stream-processor", *name)

    def detect(self):
        aws = self.client
        found = aws.call("detect-faces", "--image-bytes", "fileb://group.jpg", "--attributes", "ALL")["FaceDetails"]
        expect(len(found) == 4 and all(len(face["Landmarks"]) == 30 for face in found), found)
        nobody = aws.call("detect-faces", "--image-bytes", "fileb://blank.png")
        expect(nobody["FaceDetails"] == [], nobody)
        in_bucket = aws.call("detect-faces", "--image", json.dumps({"S3Object": {"Bucket": "pictures",
                                                                                 "Name": "anna_1.jpg"}}))
        expect(len(in_bucket["FaceDetails"]) == 1, in_bucket)
        aws.refused("InvalidS3ObjectException", "detect-faces", "--image",
                    json.dumps({"S3Object": {"Bucket": "unmapped", "Name": "anna_1.jpg"}}))
        too_big = aws.refused("ValidationException", "detect-faces", "--image-bytes", "fileb://too_big.jpg")
        expect("less than or equal to 5242880" in too_big, too_big)

    def index(self):
        aws = self.client
        for name, picture in (("anna", "anna_1.jpg"), ("bella", "bella.jpg"), ("cora", "cora.jpg")):
            made = aws.call("index-faces", *self.collection, "--image-bytes", f"fileb://{picture}",
                            "--external-image-id", name, "--detection-attributes", "DEFAULT")
            expect(len(made["FaceRecords"]) == 1 and made["UnindexedFaces"] == [], made)
            self.faces[name] = made["FaceRecords"][0]["Face"]["FaceId"]
        one = aws.call("index-faces", "--collection-id", self.given.collection + ".second", "--image-bytes",
                       "fileb://group.jpg", "--max-faces", "1", "--quality-filter", "NONE")
        expect([len(one["FaceRecords"]), len(one["UnindexedFaces"])] == [1, 3], one)

    def list_faces(self):
        aws = self.client
        first = aws.call("list-faces", *self.collection, "--max-results", "2", "--no-paginate")
        expect(len(first["Faces"]) == 2 and len(first["NextToken"]) <= 255, first)
        second = aws.call("list-faces", *self.collection, "--max-results", "2", "--no-paginate", "--next-token",
                          first["NextToken"])
        expect(len(second["Faces"]) == 1 and "NextToken" not in second, second)
        merged = aws.call("list-faces", *self.collection, "--page-size", "2")
        expect(sorted(face_ids(merged["Faces"])) == sorted(self.faces.values()), merged)
        aws.refused("InvalidPaginationTokenException", "list-faces", *self.collection, "--no-paginate", "--next-token",
                    "forged")

    def search(self):
        aws = self.client
        added = aws.call("index-faces", *self.collection, "--image-bytes", "fileb://anna_2.jpg")
        other = added["FaceRecords"][0]["Face"]["FaceId"]
        by_id = aws.call("search-faces", *self.collection, "--face-id", self.faces["anna"])
        expect([match["Face"]["FaceId"] for match in by_id["FaceMatches"]] == [other], by_id)
        expect(by_id["FaceMatches"][0]["Similarity"] >= 95, by_id)
        by_image = aws.call("search-faces-by-image", *self.collection, "--image-bytes", "fileb://anna_2.jpg",
                            "--face-match-threshold", "90")
        expect({match["Face"]["FaceId"] for match in by_image["FaceMatches"]} == {other, self.faces["anna"]}, by_image)
        nobody = aws.refused("InvalidParameterException", "search-faces-by-image", *self.collection, "--image-bytes",
                             "fileb://blank.png")
        expect("There are no faces in the image. Should be at least 1." in nobody, nobody)
        aws.refused("ResourceNotFoundException", "search-faces", *self.collection, "--face-id",
                    "00000000-0000-4000-8000-000000000000")

    def compare(self):
        aws = self.client
        same = aws.call("compare-faces", "--source-image-bytes", "fileb://big_a.jpg", "--target-image-bytes",
                        "fileb://big_b.jpg")
        expect(len(same["FaceMatches"]) == 1 and same["FaceMatches"][0]["Similarity"] >= 95, same)
        others = aws.call("compare-faces", "--source-image-bytes", "fileb://anna_1.jpg", "--target-image-bytes",
                          "fileb://group.jpg")
        expect([len(others["FaceMatches"]), len(others["UnmatchedFaces"])] == [0, 4], others)
        aws.refused("InvalidParameterException", "compare-faces", "--source-image-bytes", "fileb://anna_1.jpg",
                    "--target-image-bytes", "fileb://blank.png")

    def removal(self):
        aws = self.client
        gone = aws.call("delete-faces", *self.collection, "--face-ids", self.faces["cora"],
                        "00000000-0000-4000-8000-000000000000")
        expect(gone["DeletedFaces"] == [self.faces["cora"]], gone)
        for name in (self.given.collection, self.given.collection + ".second"):
            expect(aws.call("delete-collection", "--collection-id", name)["StatusCode"] == 200, name)
        aws.refused("ResourceNotFoundException", "delete-collection", *self.collection)

    def unknown_operations(self):
        # The client has no operation that Rekognition lacks; one that it has and the node does not build comes close.
        told = self.client.refused("InvalidParameterException", "detect-labels", "--image-bytes", "fileb://anna_1.jpg")
        expect("DetectLabels" in told, told)
        self.client.refused("InvalidParameterException", "get-label-detection", "--job-id", "1")

    def signatures(self):
        wrong = Client(self.given.endpoint, self.given.pictures, AWS_SECRET_ACCESS_KEY="wrong")
        wrong.refused("InvalidSignatureException", "list-collections")
        stranger = Client(self.given.endpoint, self.given.pictures, AWS_ACCESS_KEY_ID="AKIDNOBODY")
        stranger.refused("UnrecognizedClientException", "list-collections")
        self.client.refused("MissingAuthenticationTokenException", "list-collections", "--no-sign-request")
        for seconds in ("-360", "360"):
            shifted = ("/usr/bin/python3", "-c", SHIFTED_AWS, seconds)
            self.client.refused("InvalidSignatureException", "list-collections", program=shifted)

    def throttling(self):
        """A call that meets full queues, is refused, and is served by the client's own retry once there is room."""
        with Flood(self.given.limited, os.path.join(self.given.pictures, "group.jpg")) as flood:
            # A call may slip in between two requests of the flood; it must be served then.
            throttled = next((flood.refusals for _ in range(10) if self.call_in(flood)), None)
        expect(throttled is not None, "of ten calls during the flood none was throttled")
        expect(throttled > 0, "the flood itself was never refused")

    def call_in(self, flood):
        """One call that must end well; true when it was throttled first, which ends the flood."""
        client = Client(self.given.limited, self.given.pictures, AWS_MAX_ATTEMPTS="30", AWS_RETRY_MODE="standard")
        command = client.command("detect-faces", "--image-bytes", "fileb://group.jpg", "--debug")
        with subprocess.Popen(command, env=client.environment, cwd=client.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as aws:
            watchdog = threading.Timer(CALL_TIMEOUT, aws.kill)
            watchdog.start()
            was_throttled = False
            for line in aws.stderr:
                if "ThrottlingException" in line:
                    was_throttled = True
                    flood.stop()
            printed = aws.stdout.read()
            watchdog.cancel()
        expect(aws.returncode == 0 and len(json.loads(printed)["FaceDetails"]) == 4, printed)
        return was_throttled

    def steps(self):
        if self.given.short:
            return [self.short]
        more = ([self.signatures] if self.given.signed else []) + ([self.throttling] if self.given.limited else [])
        return [self.collections, self.tags, self.streams, self.detect, self.index, self.list_faces, self.search, self.compare,
                self.removal, self.unknown_operations, *more]

    def short(self):
        self.client.call("create-collection", *self.collection)
        expect(self.given.collection in self.client.call("list-collections")["CollectionIds"], "list-collections")


class Flood:
    """Keeps a node's queue full with unsigned requests until it is told to stop."""

    def __init__(self, endpoint, picture):
        with open(picture, "rb") as file:
            body = json.dumps({"Image": {"Bytes": base64.b64encode(file.read()).decode()}}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "RekognitionService.DetectFaces"}
        self.request = (endpoint, body, headers)
        self.refusals = 0
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.send_all, daemon=True) for _ in range(8)]

    def send_all(self):
        while not self.stopped.is_set():
            try:
                url, body, headers = self.request
                with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=CALL_TIMEOUT) as reply:
                    reply.read()
            except urllib.error.HTTPError as refused:
                refused.read()
                self.refusals += 1
            except OSError:
                pass  # a connection that was closed: the next request opens another

    def stop(self):
        self.stopped.set()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        for thread in self.threads:
            thread.join(CALL_TIMEOUT)


def main():
    parser = argparse.ArgumentParser()
    for name in ("pictures", "collection", "endpoint"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--limited")
    parser.add_argument("--signed", action="store_true")
    parser.add_argument("--short", action="store_true")
    for step in Tour(parser.parse_args()).steps():
        begun = time.monotonic()
        try:
            step()
        except (Failed, KeyError, ValueError, subprocess.TimeoutExpired) as wrong:
            print(f"{step.__name__} failed: {wrong!r}", file=sys.stderr)
            return 1
        print(f"ok {step.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
