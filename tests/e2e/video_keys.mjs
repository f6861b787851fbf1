// Two callers whose keys are limited to a collection each: neither reads the other's search of a video. Exit code 0:
// every step held. Keys as ID:SECRET; --all is one that may do everything.
// video_keys.mjs --sdk DIR --endpoint URL --bucket NAME --object NAME --all KEY --staff KEY --guests KEY
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const option = { type: 'string' };
const { values: given } = parseArgs({
  options: {
    sdk: option, endpoint: option, bucket: option, object: option, all: option, staff: option, guests: option,
  },
});
const sdk = createRequire(join(resolve(given.sdk), 'package.json'))('@aws-sdk/client-rekognition');

function as(key) {
  const [accessKeyId, secretAccessKey] = key.split(':');
  const client = new sdk.RekognitionClient({
    region: 'eu-central-1', endpoint: given.endpoint, credentials: { accessKeyId, secretAccessKey },
  });
  return (operation, input) => client.send(new sdk[`${operation}Command`](input));
}
const denied = (call) => assert.rejects(call, { name: 'AccessDeniedException' });

const [all, staff, guests] = [as(given.all), as(given.staff), as(given.guests)];
for (const CollectionId of ['staff', 'guests']) await all('CreateCollection', { CollectionId });
const Video = { S3Object: { Bucket: given.bucket, Name: given.object } };

const { JobId } = await staff('StartFaceSearch', { Video, CollectionId: 'staff' });
await denied(guests('StartFaceSearch', { Video, CollectionId: 'staff' }));
await denied(guests('GetFaceSearch', { JobId }));
for (const one of [staff, all]) assert.equal((await one('GetFaceSearch', { JobId })).JobId, JobId);

const detection = await guests('StartFaceDetection', { Video });
assert.ok((await staff('GetFaceDetection', { JobId: detection.JobId })).JobStatus);
