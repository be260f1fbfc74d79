import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A value that only the holder of the key can read: AES-256-GCM. All parts are base64. */
export interface SealedValue {
  readonly keyId: string;
  /** 96 bits, made anew for each sealing (NIST SP 800-38D, 8.2.2). */
  readonly nonce: string;
  readonly sealed: string;
  /** 128 bits. */
  readonly tag: string;
}

/** A key of the store and its name. */
export interface SealingKey {
  readonly keyId: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Seals a value under the name of its secret: under another name it does not open. */
export function sealValue({ keyId, key }: SealingKey, name: string, value: string): SealedValue {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(name, keyId));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return {
    keyId,
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** Opens what `sealValue` sealed; undefined when it was changed, or sealed by another key or for another name. */
export function openValue(
  { keyId, key }: SealingKey,
  name: string,
  { nonce, sealed, tag }: SealedValue,
): string | undefined {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
      authTagLength: 16,
    })
      .setAAD(boundTo(name, keyId))
      .setAuthTag(Buffer.from(tag, 'base64'));
    const opened = [cipher.update(Buffer.from(sealed, 'base64')), cipher.final()];
    return Buffer.concat(opened).toString('utf8');
  } catch {
    return undefined;
  }
}

function boundTo(name: string, keyId: string): Buffer {
  return Buffer.from(`holdfast/secret/${keyId}/${name}`);
}
