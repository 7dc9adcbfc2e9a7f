import { randomUUID } from 'node:crypto';
import { freePort } from '../../rig/ports.js';
import { type BadInput, prepared, request } from './refusal.js';
import { newName, type Scene, secretWord } from './scene.js';

const credentials = { username: 'git', token: secretWord };
export const register = ({ hub }: Scene, url: string, more: object = {}) =>
  hub
    .admin()
    .post('/api/v1/fleet-repos')
    .send({ name: newName(), provider: 'git', url, branch: 'main', credentials, ...more });
const metadata = (url: string, more: object = {}) =>
  request(`${url} ${JSON.stringify(more)}`, 'outbound-blocked', /metadata addresses never/, (scene) => register(scene, url, more));

export const metadataUrls: BadInput[] = [
  metadata('http://169.254.169.254/latest/meta-data/fleet.git'),
  metadata('https://169.254.169.254/fleet.git'),
  metadata('ssh://git@169.254.169.254/fleet.git'),
  metadata('http://2852039166/fleet.git'),
  metadata('http://0xa9.0xfe.0xa9.0xfe/fleet.git'),
  metadata('http://[::ffff:169.254.169.254]/fleet.git'),
  metadata('http://[fd00:ec2::254]/fleet.git'),
  metadata('http://[fe80::1]/fleet.git'),
  metadata('http://127.0.0.1:1/o/r.git', { provider: 'gitea', apiUrl: 'http://169.254.169.254/api/v1', owner: 'o', repository: 'r' }),
];

export const unreachableGit: BadInput[] = [
  prepared('a port that nobody listens on', 'git-unreachable', /check the URL/, async (scene) => {
    const url = `http://127.0.0.1:${await freePort()}/fleet.git`;
    return () => register(scene, url);
  }),
  request('a host that has no address', 'git-unreachable', /check (its spelling|the URL)/, (scene) => register(scene, 'http://nowhere.invalid/fleet.git')),
  prepared('a forge whose API does not answer', 'git-unreachable', /check the URL/, async (scene) => {
    const api = `http://127.0.0.1:${await freePort()}/api/v1`;
    return () => register(scene, scene.repository.url, { provider: 'gitea', apiUrl: api, owner: 'o', repository: 'r' });
  }),
  request('a repository that is not there', 'git-not-found', /check the URL/, (scene) =>
    register(scene, scene.repository.url.replace('fleet.git', 'gone.git')),
  ),
  request('credentials that the server refuses', 'git-auth-failed', /check token or key/, (scene) =>
    register(scene, scene.repository.url, { credentials: { username: 'git', token: `not-${secretWord}` } }),
  ),
  request('a URL of files', 'git-url-invalid', /give http:\/\/, https:\/\/ or ssh:\/\//, (scene) => register(scene, 'file:///etc/fleet.git')),
  request('a URL that is an option', 'git-url-invalid', /give http:\/\/, https:\/\/ or ssh:\/\//, (scene) => register(scene, '--upload-pack=touch /tmp/owned')),
];

export const at = ({ hub, fleetRepoId }: Scene, path: string) => hub.admin().post('/api/v1/clusters').send({ name: newName(), fleetRepoId, path });
const inside = /give a directory inside the repository/;
const beside = /choose a directory beside it/;
const commit = ({ hub, registered }: Scene, path: string) =>
  hub
    .admin()
    .post(`/api/v1/clusters/${registered.id}/content`)
    .send({ message: 'Reach out', files: [{ path, content: 'a: 1\n' }] });

export const badPaths: BadInput[] = [
  ...['../outside', 'clusters/../../outside', '/etc', '~/fleet', 'C:/fleet', 'clusters//x/..'].map((path) =>
    request(`registering at ${path}`, 'path-invalid', inside, (scene) => at(scene, path)),
  ),
  ...['clusters/prod-eu-1', 'clusters/prod-eu-1/apps', 'clusters', 'clusters/PROD-eu-1', './clusters/prod-eu-1/'].map((path) =>
    request(`registering at ${path}, beside clusters/prod-eu-1`, 'path-overlaps', beside, (scene) => at(scene, path)),
  ),
  request('moving onto the path of another cluster', 'path-overlaps', beside, ({ hub, joined }) =>
    hub.admin().patch(`/api/v1/clusters/${joined.id}`).send({ path: 'clusters/prod-eu-1/below' }),
  ),
  request('committing outside the path', 'path-invalid', /give a (path below it|directory inside)/, (scene) => commit(scene, '../prod-eu-2/owned.yaml')),
  request('committing outside the repository', 'path-invalid', /give a (path below it|directory inside)/, (scene) => commit(scene, '../../../owned.yaml')),
  request('committing what belongs to Flux', 'path-invalid', /leave it out/, (scene) => commit(scene, 'flux-system/gotk-sync.yaml')),
];

const unknown = '0123456789abcdef0123456789abcdef01234567';
const known = /(see the revisions|check the id|give a full commit id)/;
const rollback = ({ hub }: Scene, route: string, to: string) =>
  hub
    .admin()
    .post(`/api/v1/rollbacks${route}`)
    .send({ selector: '', to, ...(route === '' ? { reason: 'try' } : {}) });

export const unknownRevisions: BadInput[] = [
  request('explaining a commit that nobody has', 'revision-unknown', known, ({ hub, joined }) =>
    hub.admin().get(`/api/v1/clusters/${joined.id}/explain?revision=main@sha1:${unknown}`),
  ),
  request('explaining what is no revision', 'revision-unknown', /git rev-parse/, ({ hub, joined }) =>
    hub.admin().get(`/api/v1/clusters/${joined.id}/explain?revision=yesterday`),
  ),
  request('reading a commit that nobody has', 'revision-unknown', known, ({ hub }) => hub.admin().get(`/api/v1/fleet/revisions/${unknown}`)),
  request('previewing a rollback to it', 'revision-unknown', known, (scene) => rollback(scene, '/preview', `main@sha1:${unknown}`)),
  request('rolling back to it', 'revision-unknown', known, (scene) => rollback(scene, '', unknown)),
  request('rolling back to what is no revision', 'revision-unknown', /git rev-parse/, (scene) => rollback(scene, '', 'yesterday')),
];

const tenMegabytes = 'x'.repeat(10 * 1024 * 1024);
export const hugeBodies: BadInput[] = (
  [
    ['/api/v1/clusters', 'POST'],
    ['/api/v1/clusters/prod-eu-1/bootstrap', 'POST'],
    ['/api/v1/clusters/prod-eu-1/content', 'POST'],
    ['/api/v1/distributions', 'POST'],
    ['/api/v1/routes', 'PUT'],
    ['/agent/v1/enroll', 'POST'],
    [`/hooks/github/${randomUUID()}`, 'POST'],
  ] as const
).map(([path, method]) =>
  request(`10 MB to ${method} ${path}`, 'body-too-large', /send less, or in parts/, ({ hub }) =>
    hub
      .admin()
      [method === 'PUT' ? 'put' : 'post'](path)
      .set('content-type', 'application/json')
      .send(JSON.stringify({ name: tenMegabytes })),
  ),
);
