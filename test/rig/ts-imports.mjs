// Lets plain Node run this folder's TypeScript: an import of `./x.js` that is not there is served from `./x.ts`.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      const isRelativeScript = /^\.{1,2}\/.*\.js$/.test(specifier);
      if (!isRelativeScript || error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return nextResolve(`${specifier.slice(0, -3)}.ts`, context);
    }
  },
});
