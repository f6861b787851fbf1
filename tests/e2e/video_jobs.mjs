// A stored video is searched with the AWS SDK for JavaScript as an unmodified client. Exit code 0: every step held.
// video_jobs.mjs --sdk DIR --endpoint URL --bucket NAME --object NAME --collection NAME --person NAME
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const option = { type: 'string' };
const { values: given } = parseArgs({
  options: { sdk: option, endpoint: option, bucket: option, object: option, collection: option, person: option },
});
const sdk = createRequire(join(resolve(given.sdk), 'package.json'))('@aws-sdk/client-rekognition');
const client = new sdk.RekognitionClient({
  region: 'eu-central-1',
  endpoint: given.endpoint,
  credentials: { accessKeyId: 'AKIDANY', secretAccessKey: 'any' },
});
const send = (operation, input) => client.send(new sdk[`${operation}Command`](input));
const Video = { S3Object: { Bucket: given.bucket, Name: given.object } };

async function refused(name, operation, input) {
  try {
    await send(operation, input);
  } catch (error) {
    assert.equal(error.name, name, `${operation}: ${error.name}: ${error.message}`);
    return error;
  }
  return assert.fail(`${operation} was not refused with ${name}`);
}

/// The first page once the job is over.
async function wait(operation, input) {
  for (const end = Date.now() + 120_000; Date.now() < end; await pause(200)) {
    const page = await send(operation, input);
    if (page.JobStatus !== 'IN_PROGRESS') return page;
    assert.equal((page.Persons ?? page.Faces).length, 0, 'results before the end');
  }
  return assert.fail(`${operation} is still IN_PROGRESS`);
}

async function all(operation, input, member) {
  const rows = [];
  let NextToken;
  do {
    const page = await send(operation, { ...input, NextToken });
    assert.ok(page[member].length <= (input.MaxResults ?? 1000));
    assert.ok(page.VideoMetadata.FrameRate > 0, 'VideoMetadata is on every page');
    rows.push(...page[member]);
    NextToken = page.NextToken;
  } while (NextToken);
  return rows;
}

const request = {
  Video, CollectionId: given.collection, FaceMatchThreshold: 85, ClientRequestToken: 'once', JobTag: 'tour',
};
const { JobId } = await send('StartFaceSearch', request);
assert.match(JobId, /^[0-9a-f]{64}$/);
assert.equal((await send('StartFaceSearch', request)).JobId, JobId, 'one token, one job');
await refused('IdempotentParameterMismatchException', 'StartFaceSearch', { ...request, FaceMatchThreshold: 86 });
await refused('ResourceNotFoundException', 'StartFaceSearch', { Video, CollectionId: 'nobody-made-this' });
await refused('ResourceNotFoundException', 'GetPersonTracking', { JobId });
await refused('ResourceNotFoundException', 'GetFaceSearch', { JobId: 'nobody-started-this' });
const channel = { SNSTopicArn: 'arn:aws:sns:eu-west-1:000000000000:t', RoleArn: 'arn:aws:iam::000000000000:role/r' };
const unserved = await refused('InvalidParameterException', 'StartFaceSearch', {
  ...request, ClientRequestToken: 'other', NotificationChannel: channel,
});
assert.match(unserved.message, /no SNS here/);
await refused('InvalidS3ObjectException', 'StartFaceDetection', {
  Video: { S3Object: { Bucket: given.bucket, Name: 'nothing.avi' } },
});
await refused('InvalidS3ObjectException', 'StartFaceDetection', {
  Video: { S3Object: { Bucket: given.bucket, Name: '../data/secrets.key' } },
});

const first = await wait('GetFaceSearch', { JobId });
assert.equal(first.JobStatus, 'SUCCEEDED', first.StatusMessage);
assert.deepEqual([first.JobId, first.JobTag], [JobId, 'tour']);
assert.deepEqual(first.Video.S3Object, Video.S3Object);
assert.deepEqual([first.VideoMetadata.FrameWidth, first.VideoMetadata.FrameHeight], [1280, 720]);

const byTime = await all('GetFaceSearch', { JobId, MaxResults: 4 }, 'Persons');
assert.ok(byTime.length > 8, `${byTime.length} entries are too few to be paged`);
for (let at = 1; at < byTime.length; at += 1) assert.ok(byTime[at].Timestamp >= byTime[at - 1].Timestamp);
const byIndex = await all('GetFaceSearch', { JobId, MaxResults: 3, SortBy: 'INDEX' }, 'Persons');
for (let at = 1; at < byIndex.length; at += 1) assert.ok(byIndex[at].Person.Index >= byIndex[at - 1].Person.Index);
const key = (entry) => `${entry.Person.Index}@${entry.Timestamp}`;
assert.deepEqual(byIndex.map(key).sort(), byTime.map(key).sort());

const known = byTime.filter((entry) => entry.FaceMatches);
const strangers = byTime.filter((entry) => !('FaceMatches' in entry));
assert.equal(new Set(known.map((entry) => entry.Person.Index)).size, 1, 'one person is known');
assert.equal(new Set(strangers.map((entry) => entry.Person.Index)).size, 1, 'one person is a stranger');
for (const entry of known) {
  const [best] = entry.FaceMatches;
  assert.equal(best.Face.ExternalImageId, given.person);
  assert.ok(best.Similarity >= 85 && best.Face.BoundingBox && best.Face.ImageId);
  assert.ok(entry.Person.Face.BoundingBox.Left < 0.5, 'the person is on the left');
  assert.equal(entry.Person.Face.Landmarks.length, 5);
}

const tracking = await send('StartPersonTracking', { Video });
const tracked = await wait('GetPersonTracking', { JobId: tracking.JobId, SortBy: 'INDEX' });
assert.equal(tracked.JobStatus, 'SUCCEEDED', tracked.StatusMessage);
assert.deepEqual(tracked.Persons.map(key).sort(), byTime.map(key).sort());
assert.ok(tracked.Persons.every((entry) => !('FaceMatches' in entry)));

const detection = await send('StartFaceDetection', { Video, FaceAttributes: 'ALL' });
const detected = await wait('GetFaceDetection', { JobId: detection.JobId });
assert.equal(detected.JobStatus, 'SUCCEEDED', detected.StatusMessage);
assert.ok(detected.Faces.length >= byTime.length);
assert.equal(detected.Faces[0].Face.Landmarks.length, 30);
console.log(`${byTime.length} entries: ${known.length} of ${given.person}, ${strangers.length} of a stranger; `
  + `${detected.Faces.length} faces`);
