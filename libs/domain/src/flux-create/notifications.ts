import { fluxObject, type FluxCreateCommand, parseObjectReference, secretRefFlag, reference } from './create-command.js';
import { FlagError } from './flag-error.js';
import { list, text } from './flags.js';

const receiverTypes = ['generic', 'generic-hmac', 'github', 'gitlab', 'bitbucket', 'harbor', 'dockerhub', 'quay', 'gcr', 'nexus', 'acr', 'cdevents'] as const;

const alert: FluxCreateCommand = {
  path: 'alert',
  summary: 'an Alert',
  flags: [
    text('provider-ref', 'name of the Provider'),
    text('event-severity', 'severity of the events to tell: info or error'),
    list('event-source', 'whose events: <kind>/<name>[.<namespace>]'),
  ],
  examples: ['create alert apps --event-severity=error --event-source=Kustomization/apps --provider-ref=slack --export'],
  build(subject, flags) {
    const providerRef = reference(flags.required('provider-ref'));
    const eventSources = flags.list('event-source').map((source) => {
      const { kind, name, namespace } = parseObjectReference(source);
      if (kind === '') throw new FlagError('event-source', `${JSON.stringify(source)} must be <kind>/<name>`);
      return { kind, name, namespace };
    });
    if (eventSources.length === 0) throw new FlagError('event-source', 'at least one is required');
    return [fluxObject('notification.toolkit.fluxcd.io/v1beta3', 'Alert', subject, { providerRef, eventSeverity: flags.text('event-severity'), eventSources })];
  },
};

const alertProvider: FluxCreateCommand = {
  path: 'alert-provider',
  summary: 'a Provider',
  flags: [
    text('type', 'type of provider, e.g. slack, github, generic-hmac'),
    text('channel', 'channel of a chat provider'),
    text('username', 'name the provider posts under'),
    text('address', 'address of the repository, chat or webhook'),
    secretRefFlag,
  ],
  examples: ['create alert-provider slack --type=slack --channel=general --address=https://hooks.slack.com/services/mock --secret-ref=slack --export'],
  build(subject, flags) {
    return [
      fluxObject('notification.toolkit.fluxcd.io/v1beta3', 'Provider', subject, {
        type: flags.required('type'),
        channel: flags.text('channel'),
        username: flags.text('username'),
        address: flags.text('address'),
        secretRef: reference(flags.text('secret-ref')),
      }),
    ];
  },
};

const receiver: FluxCreateCommand = {
  path: 'receiver',
  summary: 'a Receiver of webhooks',
  flags: [
    text('type', 'who sends', { choices: receiverTypes }),
    secretRefFlag,
    list('event', 'events to handle'),
    list('resource', 'what to reconcile: <kind>/<name>'),
  ],
  examples: [
    'create receiver github --type=github --event=ping --event=push --secret-ref=webhook --resource=GitRepository/apps --resource=HelmRepository/charts --export',
  ],
  build(subject, flags) {
    const events = flags.list('event');
    const type = flags.required('type');
    const secretRef = reference(flags.required('secret-ref'));
    const resources = flags.list('resource').map((resource) => {
      const [kind, name, ...rest] = resource.split('/');
      if (!kind || name === undefined || rest.length > 0) throw new FlagError('resource', `${JSON.stringify(resource)} must be <kind>/<name>`);
      return { kind, name };
    });
    if (resources.length === 0) throw new FlagError('resource', 'at least one is required');
    return [
      fluxObject('notification.toolkit.fluxcd.io/v1', 'Receiver', subject, { type, events: events.length > 0 ? events : undefined, resources, secretRef }),
    ];
  },
};

export const notificationCommands: readonly FluxCreateCommand[] = [alert, alertProvider, receiver];
