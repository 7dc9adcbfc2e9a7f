import { describe, expect, it } from 'vitest';
import { predictDeletions } from './predict-deletions.js';

const web = 'apps_web_apps_Deployment';
const namespace = '_shop__Namespace';
const volume = 'apps_data__PersistentVolumeClaim';
const crd = '_things.example.org_apiextensions.k8s.io_CustomResourceDefinition';
const role = '_system__reader_rbac.authorization.k8s.io_ClusterRole';
const child = 'flux-system_shop_kustomize.toolkit.fluxcd.io_Kustomization';
const main = (now: string[] | undefined, then: string[] | undefined) => ({ namespace: 'flux-system', name: 'workloads', now, then });

describe('predicted deletions', () => {
  it('are what was added since', () => {
    expect(predictDeletions([main([web, role], [web])])).toMatchObject({ deletions: ['ClusterRole system__reader'], known: true, overBudget: false });
  });
  it.each([
    [namespace, { namespaces: 1 }],
    [volume, { persistentVolumeClaims: 1 }],
    [crd, { customResourceDefinitions: 1 }],
  ])('spend the budget on %s', (item, spent) => {
    expect(predictDeletions([main([item], [])])).toMatchObject({ spent, overBudget: true });
    expect(predictDeletions([main([item], [item])])).toMatchObject({ deletions: [], overBudget: false });
  });
  it('are unknown without an inventory now or then', () => {
    expect(predictDeletions([main(undefined, [web])])).toMatchObject({ known: false, unknown: ['flux-system/workloads'] });
    expect(predictDeletions([main([web], undefined)])).toMatchObject({ known: false, deletions: [] });
  });
  it('take the inventory of a pruned Kustomization along', () => {
    const forecast = predictDeletions([main([web, child], [web]), { namespace: 'flux-system', name: 'shop', now: [namespace, volume], then: undefined }]);
    expect(forecast).toMatchObject({
      deletions: ['Kustomization flux-system/shop', 'Namespace shop', 'PersistentVolumeClaim apps/data'],
      known: true,
      overBudget: true,
    });
  });
  it('are unknown when a pruned Kustomization is not reported', () => {
    expect(predictDeletions([main([child], [])])).toMatchObject({ known: false, unknown: ['flux-system/shop'] });
  });
  it('do not count what another workload had then', () => {
    expect(predictDeletions([main([web], []), { namespace: 'flux-system', name: 'shop', now: [], then: [web] }])).toMatchObject({ deletions: [], known: true });
  });
});
