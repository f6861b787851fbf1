// A tour of all operations but those of stored videos (video_jobs.mjs) with the AWS SDK for JavaScript, unmodified. Exit code 0: every step held.
// sdk_tour.mjs --sdk DIR --pictures DIR --collection NAME --endpoint URL [--limited URL] [--signed]
// Credentials come from the environment, as AWS's own names. --limited: a node with room for two pictures at a time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    sdk: { type: 'string' },
    pictures: { type: 'string' },
    collection: { type: 'string' },
    endpoint: { type: 'string' },
    limited: { type: 'string' },
    signed: { type: 'boolean', default: false },
  },
});
const sdk = createRequire(join(resolve(given.sdk), 'package.json'))('@aws-sdk/client-rekognition');

const picture = (name) => ({ Bytes: readFileSync(join(given.pictures, name)) });
const collection = given.collection;
const CollectionId = collection;
const credentials = {
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'AKIDANY',
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'any',
};
const makeClient = (more = {}) =>
  new sdk.RekognitionClient({ region: 'eu-central-1', endpoint: given.endpoint, credentials, ...more });
const client = makeClient();

/// Sends one operation by its name.
const send = (operation, input = {}, by = client) => by.send(new sdk[`${operation}Command`](input));

/// The operation must fail with the error called `name`; gives the error.
async function refused(name, operation, input, by = client) {
  try {
    await send(operation, input, by);
  } catch (error) {
    assert.equal(error.name, name, `${operation}: ${error.name}: ${error.message}`);
    assert.ok(error.$metadata.requestId, `${operation}: a refusal without a request id`);
    return error;
  }
  return assert.fail(`${operation} was not refused with ${name}`);
}

const ids = (faces) => faces.map((face) => face.FaceId);
const known = {}; // what steps leave for later ones: face ids by person

async function collections() {
  const made = await send('CreateCollection', { CollectionId, Tags: { purpose: 'tour' } });
  assert.equal(made.StatusCode, 200);
  assert.match(made.CollectionArn, new RegExp(`^arn:aws:rekognition:[a-z0-9-]+:\\d{12}:collection/${collection}$`));
  const again = await refused('ResourceAlreadyExistsException', 'CreateCollection', { CollectionId });
  assert.ok(again instanceof sdk.ResourceAlreadyExistsException);
  assert.equal(again.Code, 'ResourceAlreadyExistsException');
  assert.match(again.message, new RegExp(`The collection id: ${collection} already exists`));

  const described = await send('DescribeCollection', { CollectionId });
  assert.ok(described.CreationTimestamp instanceof Date);
  assert.ok(Math.abs(described.CreationTimestamp - Date.now()) < 3_600_000, `${described.CreationTimestamp}`);
  assert.deepEqual([described.FaceCount, described.UserCount], [0, 0]);
  assert.equal(described.CollectionARN, made.CollectionArn);
  assert.equal(described.FaceModelVersion, made.FaceModelVersion);
  known.arn = made.CollectionArn;

  await send('CreateCollection', { CollectionId: `${collection}.second` });
  const listed = [];
  const models = [];
  for await (const page of sdk.paginateListCollections({ client, pageSize: 1 }, {})) {
    assert.equal(page.CollectionIds.length, page.FaceModelVersions.length);
    assert.ok(page.CollectionIds.length <= 1);
    listed.push(...page.CollectionIds);
    models.push(...page.FaceModelVersions);
  }
  assert.ok(listed.includes(collection) && listed.includes(`${collection}.second`), `${listed}`);
  await refused('ResourceNotFoundException', 'DescribeCollection', { CollectionId: 'nobody-made-this' });
  await refused('ValidationException', 'CreateCollection', { CollectionId: 'with space' });
  await refused('ValidationException', 'ListCollections', { MaxResults: 4097 });
}

async function tags() {
  const ResourceArn = known.arn;
  await send('TagResource', { ResourceArn, Tags: { site: 'north', 'who asks': 'tour@example.org' } });
  await send('UntagResource', { ResourceArn, TagKeys: ['site', 'never-there'] });
  const { Tags } = await send('ListTagsForResource', { ResourceArn });
  assert.deepEqual(Tags, { purpose: 'tour', 'who asks': 'tour@example.org' });
  await refused('ResourceNotFoundException', 'ListTagsForResource', { ResourceArn: `${ResourceArn}.no` });
  await refused('ValidationException', 'TagResource', { ResourceArn, Tags: { 'aws:mine': 'no' } });
}

const processor = (Name, more = {}) => ({
  Name,
  Input: { KinesisVideoStream: { Arn: 'file:///no/such/video.mp4' } },
  Output: { KinesisDataStream: { Arn: 'arn:aws:kinesis:eu-central-1:000000000000:stream/faces' } },
  Settings: { FaceSearch: { CollectionId, FaceMatchThreshold: 85 } },
  RoleArn: 'arn:aws:iam::000000000000:role/streams',
  ...more,
});

async function streams() {
  const Name = `${collection}.door`;
  const channel = { NotificationChannel: { SNSTopicArn: 'arn:aws:sns:eu-central-1:000000000000:faces' } };
  const made = await send('CreateStreamProcessor', processor(Name, { Tags: { floor: '2' }, ...channel }));
  assert.match(made.StreamProcessorArn, new RegExp(`^arn:aws:rekognition:[a-z0-9-]+:\\d{12}:streamprocessor/${Name}$`));
  const again = await refused('ResourceInUseException', 'CreateStreamProcessor', processor(Name));
  assert.ok(again instanceof sdk.ResourceInUseException);

  const described = await send('DescribeStreamProcessor', { Name });
  const { Input, Output, Settings, RoleArn } = processor(Name);
  const { Status, StatusMessage, CreationTimestamp, LastUpdateTimestamp, $metadata, ...kept } = described;
  assert.deepEqual(kept, { Name, StreamProcessorArn: made.StreamProcessorArn, Input, Output, Settings, RoleArn, ...channel });
  assert.deepEqual([Status, StatusMessage], ['STOPPED', undefined]);
  assert.ok(CreationTimestamp instanceof Date && LastUpdateTimestamp instanceof Date);

  const ResourceArn = made.StreamProcessorArn;
  assert.deepEqual((await send('ListTagsForResource', { ResourceArn })).Tags, { floor: '2' });
  await Promise.all([1, 2, 3, 4].map((at) => send('TagResource', { ResourceArn, Tags: { floor: '3', [`side${at}`]: '' } })));
  const tags = async () => (await send('ListTagsForResource', { ResourceArn })).Tags;
  assert.deepEqual(await tags(), { floor: '3', side1: '', side2: '', side3: '', side4: '' });
  await send('UntagResource', { ResourceArn, TagKeys: ['side1', 'side2', 'side3', 'side4', 'absent'] });
  assert.deepEqual(await tags(), { floor: '3' });
  const many = (from, count) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${from + at}`, '']));
  await send('TagResource', { ResourceArn, Tags: many(0, 199) });
  await refused('ServiceQuotaExceededException', 'TagResource', { ResourceArn, Tags: many(199, 1) });
  await send('UntagResource', { ResourceArn, TagKeys: Object.keys(many(0, 199)) });
  await refused('ResourceNotFoundException', 'TagResource', { ResourceArn: `${ResourceArn}.no`, Tags: { floor: '3' } });

  const secret = { Input: { KinesisVideoStream: { Arn: 'rtsp://user:word@camera.example/1' } } };
  await send('CreateStreamProcessor', processor(`${Name}.second`, secret));
  const shown = await send('DescribeStreamProcessor', { Name: `${Name}.second` });
  assert.equal(shown.Input.KinesisVideoStream.Arn, 'rtsp://user:***@camera.example/1');
  const listed = [];
  for await (const page of sdk.paginateListStreamProcessors({ client, pageSize: 1 }, {})) {
    assert.ok(page.StreamProcessors.length <= 1);
    listed.push(...page.StreamProcessors);
  }
  assert.deepEqual(listed.filter((one) => one.Name.startsWith(Name)), [
    { Name, Status: 'STOPPED' }, { Name: `${Name}.second`, Status: 'STOPPED' },
  ]);
  await refused('InvalidPaginationTokenException', 'ListStreamProcessors', { NextToken: 'forged' });
  await refusedStreams(Name);
  await runStream(Name);
  for (const each of [Name, `${Name}.second`]) await send('DeleteStreamProcessor', { Name: each });
  await refused('ResourceNotFoundException', 'DescribeStreamProcessor', { Name });
}

async function refusedStreams(Name) {
  const creating = (more) => ['CreateStreamProcessor', processor(`${Name}.third`, more)];
  const lowered = { FaceSearch: { CollectionId, FaceMatchThreshold: 10 } };
  await send(...creating({ Settings: lowered }));
  const raised = await send('DescribeStreamProcessor', { Name: `${Name}.third` });
  assert.equal(raised.Settings.FaceSearch.FaceMatchThreshold, 80);
  await send('DeleteStreamProcessor', { Name: `${Name}.third` });

  const kinesis = { KinesisVideoStream: { Arn: 'arn:aws:kinesisvideo:eu-central-1:000000000000:stream/door/1' } };
  assert.match((await refused('InvalidParameterException', ...creating({ Input: kinesis }))).message, /rtsp:\/\//);
  const labels = { ConnectedHome: { Labels: ['PERSON'] } };
  assert.match((await refused('InvalidParameterException', ...creating({ Settings: labels }))).message, /ConnectedHome/);
  await refused('InvalidParameterException', ...creating({ RegionsOfInterest: [{ BoundingBox: { Width: 1 } }] }));
  await refused('InvalidParameterException', ...creating({ Settings: { FaceSearch: { CollectionId: 'no-such' } } }));
  await refused('ValidationException', ...creating({ RoleArn: 'nobody' }));
  await refused('ResourceNotFoundException', 'StartStreamProcessor', { Name: 'no-such' });
  await send('UpdateStreamProcessor', { Name, DataSharingPreferenceForUpdate: { OptIn: true } });
  assert.deepEqual((await send('DescribeStreamProcessor', { Name })).DataSharingPreference, { OptIn: true });
  await send('UpdateStreamProcessor', { Name });
  assert.deepEqual((await send('DescribeStreamProcessor', { Name })).DataSharingPreference, { OptIn: true });
  await refused('InvalidParameterException', 'UpdateStreamProcessor', { Name, ParametersToDelete: ['RegionsOfInterest'] });
}

/// Its video is not there, so a node that runs cameras may have found that out before it is stopped.
async function runStream(Name) {
  await refused('ResourceInUseException', 'StopStreamProcessor', { Name });
  await send('StartStreamProcessor', { Name });
  const status = async () => (await send('DescribeStreamProcessor', { Name })).Status;
  assert.ok(['STARTING', 'RUNNING', 'FAILED'].includes(await status()));
  try {
    await refused('ResourceInUseException', 'StartStreamProcessor', { Name });
    await refused('ResourceInUseException', 'DeleteStreamProcessor', { Name });
    await send('StopStreamProcessor', { Name });
  } catch (error) {
    if ((await status()) !== 'FAILED') throw error;
    await send('StartStreamProcessor', { Name });
    await send('StopStreamProcessor', { Name }).catch(() => {});
  }
  for (let looks = 0; !['STOPPED', 'FAILED'].includes(await status()); ++looks) {
    assert.ok(looks < 100, 'a stream processor does not stop');
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function detect() {
  const { FaceDetails } = await send('DetectFaces', { Image: picture('group.jpg') });
  assert.equal(FaceDetails.length, 4);
  const [largest] = FaceDetails;
  assert.deepEqual(Object.keys(largest).sort(), ['BoundingBox', 'Confidence', 'Landmarks', 'Pose', 'Quality']);
  assert.deepEqual(largest.Landmarks.map((one) => one.Type).sort(), ['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose']);
  const area = (face) => face.BoundingBox.Width * face.BoundingBox.Height;
  assert.ok(FaceDetails.every((face) => area(face) <= area(largest)));

  const all = await send('DetectFaces', { Image: picture('anna_1.jpg'), Attributes: ['ALL'] });
  assert.equal(all.FaceDetails[0].Landmarks.length, 30);
  assert.equal(typeof all.FaceDetails[0].EyesOpen.Value, 'boolean');
  assert.equal(typeof all.FaceDetails[0].MouthOpen.Value, 'boolean');
  const [left, right] = ['eyeLeft', 'eyeRight'].map((type) => all.FaceDetails[0].Landmarks.find((one) => one.Type === type));
  assert.ok(left.X < right.X);

  assert.deepEqual((await send('DetectFaces', { Image: picture('blank.png') })).FaceDetails, []);
  await refused('InvalidParameterException', 'DetectFaces', { Image: picture('tiny.png') });
  await refused('InvalidImageFormatException', 'DetectFaces', { Image: { Bytes: Buffer.from('no picture') } });
  await refused('ValidationException', 'DetectFaces', { Image: { Bytes: Buffer.alloc(0) } });
  await refused('InvalidParameterException', 'DetectFaces', { Image: {} });
  await refused('ValidationException', 'DetectFaces', {});
  await refused('ValidationException', 'DetectFaces', { Image: picture('anna_1.jpg'), Attributes: ['HAT'] });
}

async function buckets() {
  const inBucket = (Name, Bucket = 'pictures') => ({ Image: { S3Object: { Bucket, Name } } });
  assert.equal((await send('DetectFaces', inBucket('anna_1.jpg'))).FaceDetails.length, 1);
  await refused('InvalidS3ObjectException', 'DetectFaces', inBucket('not-there.jpg'));
  await refused('InvalidS3ObjectException', 'DetectFaces', inBucket('../../etc/passwd'));
  await refused('InvalidS3ObjectException', 'DetectFaces', inBucket('anna_1.jpg', 'unmapped'));
  await refused('InvalidParameterException', 'DetectFaces', {
    Image: { ...picture('anna_1.jpg'), ...inBucket('anna_1.jpg').Image },
  });
}

async function index() {
  const enrol = async (name, ExternalImageId, more = {}) =>
    (await send('IndexFaces', { CollectionId, Image: picture(name), ExternalImageId, ...more })).FaceRecords;
  const [anna] = await enrol('anna_1.jpg', 'anna:1');
  assert.match(anna.Face.FaceId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(anna.Face.ExternalImageId, 'anna:1');
  known.anna = anna.Face.FaceId;
  known.bella = ids((await enrol('bella.jpg', 'bella')).map((one) => one.Face))[0];
  known.cora = ids((await enrol('cora.jpg', 'cora', { DetectionAttributes: ['ALL'] })).map((one) => one.Face))[0];
  const [repeated] = await enrol('anna_1.jpg', 'anna:1');
  assert.equal(repeated.Face.FaceId, known.anna, 'the same picture under the same id is indexed once');

  const crowd = await send('IndexFaces', {
    CollectionId: `${collection}.second`, Image: picture('group.jpg'), MaxFaces: 1, QualityFilter: 'NONE',
  });
  assert.equal(crowd.FaceRecords.length, 1);
  assert.equal(crowd.UnindexedFaces.length, 3);
  for (const one of crowd.UnindexedFaces) assert.deepEqual(one.Reasons, ['EXCEEDS_MAX_FACES']);

  const none = await send('IndexFaces', { CollectionId, Image: picture('blank.png') });
  assert.deepEqual(none.FaceRecords, []);
  await refused('ResourceNotFoundException', 'IndexFaces', { CollectionId: 'no-such', Image: picture('anna_1.jpg') });
  await refused('ValidationException', 'IndexFaces', { CollectionId, Image: picture('anna_1.jpg'), ExternalImageId: 'a b' });
  await refused('ValidationException', 'IndexFaces', { CollectionId, Image: picture('anna_1.jpg'), MaxFaces: 0 });
  assert.equal((await send('DescribeCollection', { CollectionId })).FaceCount, 3);
}

async function listFaces() {
  const first = await send('ListFaces', { CollectionId, MaxResults: 2 });
  assert.equal(first.Faces.length, 2);
  assert.ok(first.NextToken.length <= 255);
  const second = await send('ListFaces', { CollectionId, MaxResults: 2, NextToken: first.NextToken });
  assert.equal(second.Faces.length, 1);
  assert.equal(second.NextToken, undefined);
  assert.deepEqual(ids([...first.Faces, ...second.Faces]).sort(), [known.anna, known.bella, known.cora].sort());
  const chosen = await send('ListFaces', { CollectionId, FaceIds: [known.bella] });
  assert.deepEqual(ids(chosen.Faces), [known.bella]);

  const forged = first.NextToken.slice(0, -2) + (first.NextToken.endsWith('AA') ? 'BB' : 'AA');
  await refused('InvalidPaginationTokenException', 'ListFaces', { CollectionId, NextToken: forged });
  await refused('InvalidPaginationTokenException', 'ListFaces', {
    CollectionId: `${collection}.second`, NextToken: first.NextToken,
  });
  await refused('InvalidPaginationTokenException', 'ListCollections', { NextToken: first.NextToken });
}

async function search() {
  const added = await send('IndexFaces', { CollectionId, Image: picture('anna_2.jpg'), ExternalImageId: 'anna:2' });
  known.anna2 = added.FaceRecords[0].Face.FaceId;
  const byId = await send('SearchFaces', { CollectionId, FaceId: known.anna });
  assert.equal(byId.SearchedFaceId, known.anna);
  assert.deepEqual(byId.FaceMatches.map((match) => match.Face.FaceId), [known.anna2], 'her other picture, not herself');
  assert.ok(byId.FaceMatches[0].Similarity >= 95, `${byId.FaceMatches[0].Similarity}`);

  const byImage = await send('SearchFacesByImage', { CollectionId, Image: picture('anna_2.jpg'), MaxFaces: 2 });
  assert.deepEqual(new Set(ids(byImage.FaceMatches.map((match) => match.Face))), new Set([known.anna, known.anna2]));
  assert.ok(byImage.FaceMatches[0].Similarity >= byImage.FaceMatches[1].Similarity);
  assert.ok(byImage.SearchedFaceConfidence > 50);
  const everybody = await send('SearchFacesByImage', { CollectionId, Image: picture('anna_2.jpg'), FaceMatchThreshold: 0 });
  assert.equal(everybody.FaceMatches.length, 4);
  const atThreshold = await send('SearchFacesByImage', {
    CollectionId, Image: picture('anna_2.jpg'), FaceMatchThreshold: everybody.FaceMatches[1].Similarity,
  });
  assert.deepEqual(atThreshold.FaceMatches, everybody.FaceMatches.slice(0, 2), 'as similar as asked is similar enough');
  const one = await send('SearchFacesByImage', {
    CollectionId, Image: picture('anna_2.jpg'), FaceMatchThreshold: 0, MaxFaces: 1,
  });
  assert.equal(one.FaceMatches.length, 1);

  const nobody = await refused('InvalidParameterException', 'SearchFacesByImage', { CollectionId, Image: picture('blank.png') });
  assert.equal(nobody.message, 'There are no faces in the image. Should be at least 1.');
  await refused('ResourceNotFoundException', 'SearchFaces', { CollectionId, FaceId: '00000000-0000-4000-8000-000000000000' });
  await refused('ValidationException', 'SearchFaces', { CollectionId, FaceId: known.anna.toUpperCase() });
  await refused('ValidationException', 'SearchFaces', { CollectionId, FaceId: known.anna, MaxFaces: 4097 });
  await refused('ValidationException', 'SearchFaces', { CollectionId, FaceId: known.anna, FaceMatchThreshold: 100.5 });
}

async function bigPictures() {
  const compared = await send('CompareFaces', { SourceImage: picture('big_a.jpg'), TargetImage: picture('big_b.jpg') });
  assert.equal(compared.FaceMatches.length, 1);
  assert.ok(compared.FaceMatches[0].Similarity >= 95);
  assert.deepEqual(compared.UnmatchedFaces, []);
  assert.equal(compared.SourceImageOrientationCorrection, undefined);
  const tooBig = await refused('ValidationException', 'DetectFaces', { Image: picture('too_big.jpg') });
  assert.match(tooBig.message, /image\.bytes.*less than or equal to 5242880/s);
  await refused('ValidationException', 'IndexFaces', { CollectionId, Image: picture('too_big.jpg') });
}

async function compare() {
  const others = await send('CompareFaces', { SourceImage: picture('anna_1.jpg'), TargetImage: picture('group.jpg') });
  assert.deepEqual(others.FaceMatches, []);
  assert.equal(others.UnmatchedFaces.length, 4);
  const self = await send('CompareFaces', {
    SourceImage: picture('bella.jpg'), TargetImage: picture('group.jpg'), SimilarityThreshold: 99,
  });
  assert.equal(self.FaceMatches.length, 1);
  assert.equal(self.UnmatchedFaces.length, 3);
  for (const [source, target] of [['blank.png', 'anna_1.jpg'], ['anna_1.jpg', 'blank.png']])
    await refused('InvalidParameterException', 'CompareFaces', { SourceImage: picture(source), TargetImage: picture(target) });
}

async function users() {
  const UserId = 'anna';
  await send('CreateUser', { CollectionId, UserId, ClientRequestToken: 'token-1' });
  await send('CreateUser', { CollectionId, UserId, ClientRequestToken: 'token-1' }); // a retry
  await refused('IdempotentParameterMismatchException', 'CreateUser', {
    CollectionId, UserId: 'somebody-else', ClientRequestToken: 'token-1',
  });
  await refused('ConflictException', 'CreateUser', { CollectionId, UserId });
  await send('CreateUser', { CollectionId, UserId: 'bella' });
  const first = await send('ListUsers', { CollectionId, MaxResults: 1 });
  assert.deepEqual(first.Users, [{ UserId: 'anna', UserStatus: 'CREATED' }]);
  const second = await send('ListUsers', { CollectionId, MaxResults: 1, NextToken: first.NextToken });
  assert.deepEqual(second.Users.map((user) => user.UserId), ['bella']);

  const unknown = '00000000-0000-4000-8000-000000000000';
  const tied = await send('AssociateFaces', { CollectionId, UserId, FaceIds: [known.anna, known.anna2, unknown] });
  assert.deepEqual(new Set(ids(tied.AssociatedFaces)), new Set([known.anna, known.anna2]));
  assert.equal(tied.UserStatus, 'ACTIVE');
  assert.deepEqual(tied.UnsuccessfulFaceAssociations, [{ FaceId: unknown, Reasons: ['FACE_NOT_FOUND'] }]);
  await send('AssociateFaces', { CollectionId, UserId: 'bella', FaceIds: [known.bella] });
  const stolen = await send('AssociateFaces', { CollectionId, UserId: 'bella', FaceIds: [known.anna] });
  assert.deepEqual(stolen.UnsuccessfulFaceAssociations[0].Reasons, ['ASSOCIATED_TO_A_DIFFERENT_USER']);
  assert.equal(stolen.UnsuccessfulFaceAssociations[0].UserId, 'anna');
  const unlike = await send('AssociateFaces', { CollectionId, UserId: 'bella', FaceIds: [known.cora], UserMatchThreshold: 100 });
  assert.deepEqual(unlike.UnsuccessfulFaceAssociations[0].Reasons, ['LOW_MATCH_CONFIDENCE']);
  const hers = await send('ListFaces', { CollectionId, UserId });
  assert.deepEqual(new Set(ids(hers.Faces)), new Set([known.anna, known.anna2]));
}

async function searchUsers() {
  const found = (reply) => reply.UserMatches.map((match) => match.User.UserId);
  const byFace = await send('SearchUsers', { CollectionId, FaceId: known.anna });
  assert.deepEqual(found(byFace), ['anna']);
  assert.equal(byFace.SearchedFace.FaceId, known.anna);
  const byUser = await send('SearchUsers', { CollectionId, UserId: 'anna', UserMatchThreshold: 0 });
  assert.deepEqual(found(byUser), ['bella'], 'the others, not herself');
  assert.equal(byUser.SearchedUser.UserId, 'anna');
  const byImage = await send('SearchUsersByImage', { CollectionId, Image: picture('anna_2.jpg') });
  assert.deepEqual(found(byImage), ['anna']);
  assert.equal(byImage.UserMatches[0].User.UserStatus, 'ACTIVE');
  assert.ok(byImage.SearchedFace.FaceDetail.BoundingBox);
  const crowd = await send('SearchUsersByImage', { CollectionId, Image: picture('group.jpg'), MaxUsers: 1 });
  assert.equal(crowd.UnsearchedFaces.length, 3);
  for (const one of crowd.UnsearchedFaces) assert.ok(one.FaceDetails.BoundingBox && one.Reasons.includes('FACE_NOT_LARGEST'));

  const nobody = await send('SearchUsersByImage', { CollectionId, Image: picture('blank.png') });
  assert.deepEqual(nobody.UserMatches, []);
  assert.equal(nobody.SearchedFace, undefined);
  await refused('InvalidParameterException', 'SearchUsers', { CollectionId });
  await refused('InvalidParameterException', 'SearchUsers', { CollectionId, UserId: 'anna', FaceId: known.anna });
  await refused('ResourceNotFoundException', 'SearchUsers', { CollectionId, UserId: 'nobody' });
  await refused('ValidationException', 'SearchUsers', { CollectionId, UserId: 'anna', MaxUsers: 501 });
}

async function removal() {
  const kept = await send('DeleteFaces', { CollectionId, FaceIds: [known.anna, known.cora] });
  assert.deepEqual(kept.DeletedFaces, [known.cora]);
  assert.deepEqual(kept.UnsuccessfulFaceDeletions, [
    { FaceId: known.anna, UserId: 'anna', Reasons: ['ASSOCIATED_TO_AN_EXISTING_USER'] },
  ]);
  const gone = await send('DeleteFaces', { CollectionId, FaceIds: [known.cora] });
  assert.deepEqual(gone.UnsuccessfulFaceDeletions, [{ FaceId: known.cora, Reasons: ['FACE_NOT_FOUND'] }]);
  const untied = await send('DisassociateFaces', { CollectionId, UserId: 'anna', FaceIds: [known.anna, known.bella] });
  assert.deepEqual(ids(untied.DisassociatedFaces), [known.anna]);
  assert.deepEqual(untied.UnsuccessfulFaceDisassociations[0].Reasons, ['ASSOCIATED_TO_A_DIFFERENT_USER']);
  assert.deepEqual((await send('DeleteFaces', { CollectionId, FaceIds: [known.anna] })).DeletedFaces, [known.anna]);
  const rest = await send('SearchFacesByImage', { CollectionId, Image: picture('anna_1.jpg') });
  assert.deepEqual(ids(rest.FaceMatches.map((match) => match.Face)), [known.anna2], 'a deleted face is never found');

  await send('DeleteUser', { CollectionId, UserId: 'anna' });
  await refused('ResourceNotFoundException', 'DeleteUser', { CollectionId, UserId: 'anna' });
  assert.equal((await send('DescribeCollection', { CollectionId })).FaceCount, 2, 'her face stays');
  for (const id of [collection, `${collection}.second`])
    assert.equal((await send('DeleteCollection', { CollectionId: id })).StatusCode, 200);
  await refused('ResourceNotFoundException', 'DeleteCollection', { CollectionId });
  await refused('ResourceNotFoundException', 'ListFaces', { CollectionId });
}

async function unknownOperations() {
  const misled = makeClient();
  misled.middlewareStack.add(
    (next) => (step) => {
      step.request.headers['x-amz-target'] = 'RekognitionService.ReadMinds';
      return next(step);
    },
    { step: 'build', priority: 'low' },
  );
  await refused('UnknownOperationException', 'ListCollections', {}, misled);
  const notBuilt = await refused('InvalidParameterException', 'CreateFaceLivenessSession', {});
  assert.match(notBuilt.message, /CreateFaceLivenessSession/);
  await refused('InvalidParameterException', 'DetectLabels', { Image: picture('anna_1.jpg') });
  await refused('InvalidParameterException', 'StartLabelDetection', {
    Video: { S3Object: { Bucket: 'pictures', Name: 'v.mp4' } },
  });
}

async function signatures() {
  const wrong = makeClient({ credentials: { ...credentials, secretAccessKey: 'wrong' } });
  await refused('InvalidSignatureException', 'ListCollections', {}, wrong);
  const stranger = makeClient({ credentials: { accessKeyId: 'AKIDNOBODY', secretAccessKey: 'x' } });
  await refused('UnrecognizedClientException', 'ListCollections', {}, stranger);
  for (const systemClockOffset of [-360_000, 360_000]) {
    const late = makeClient({ systemClockOffset, maxAttempts: 1 });
    await refused('InvalidSignatureException', 'ListCollections', {}, late);
    // With retries the SDK sets its clock by the reply's Date and comes again.
    const corrected = await send('ListCollections', {}, makeClient({ systemClockOffset }));
    assert.equal(corrected.$metadata.attempts, 2);
  }
}

async function throttling() {
  const impatient = makeClient({ endpoint: given.limited, maxAttempts: 1 });
  const Image = picture('group.jpg');
  const burst = await Promise.allSettled(Array.from({ length: 12 }, () => send('DetectFaces', { Image }, impatient)));
  const refusals = burst.filter((one) => one.status === 'rejected').map((one) => one.reason);
  assert.ok(refusals.length > 0 && refusals.length < burst.length, `${refusals.length} of 12 were refused`);
  for (const error of refusals) assert.ok(error instanceof sdk.ThrottlingException, `${error}`);

  const patient = makeClient({ endpoint: given.limited, maxAttempts: 20 });
  const served = await Promise.all(Array.from({ length: 8 }, () => send('DetectFaces', { Image }, patient)));
  for (const reply of served) assert.equal(reply.FaceDetails.length, 4);
  assert.ok(served.some((reply) => reply.$metadata.attempts > 1), 'a throttled call came again and was served');
}

const steps = [
  collections, tags, streams, detect, buckets, index, listFaces, search, bigPictures, compare, users, searchUsers, removal,
  unknownOperations, ...(given.signed ? [signatures] : []), ...(given.limited ? [throttling] : []),
];
for (const step of steps) {
  const begun = performance.now();
  try {
    await step();
  } catch (error) {
    console.error(`${step.name} failed: ${error.stack}`);
    process.exit(1);
  }
  console.log(`ok ${step.name} (${Math.round(performance.now() - begun)} ms)`);
}
