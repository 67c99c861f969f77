// Microsoft SEAL as a process: a JSON request a line on standard input, a JSON answer a line on standard output. Files and
// vectors of doubles travel in base64.
'use strict';
const readline = require('node:readline');
const SEAL = require('node-seal');

const base64 = bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const bytesOf = text => new Uint8Array(Buffer.from(text, 'base64'));
const doublesOf = text => new Float64Array(bytesOf(text).buffer);

SEAL().then(seal => {
  let context, encoder, evaluator, keyGenerator, secretKey, publicKey, encryptor, decryptor;

  const compression = request => request.zlib ? seal.ComprModeType.zlib : seal.ComprModeType.none;
  const save = (object, request) => base64(object.saveArray(compression(request)));
  const identity = parmsId => base64(parmsId.values);
  const load = (object, text) => { object.loadArray(context, bytesOf(text)); return object; };
  const ciphertextOf = text => load(seal.CipherText(), text);

  function useContext(parameters) {
    context = seal.Context(parameters, true, seal.SecurityLevel.tc128);
    if (!context.parametersSet()) throw new Error('SEAL refuses the parameters: ' + context.toHuman());
    encoder = seal.CKKSEncoder(context);
    evaluator = seal.Evaluator(context);
  }

  function useKeys() {
    encryptor = seal.Encryptor(context, publicKey, secretKey);
    decryptor = seal.Decryptor(context, secretKey);
  }

  // A constant polynomial: the same value in every slot.
  function constant(value, scale, parmsId) {
    const plaintext = encoder.encode(new Float64Array(encoder.slotCount).fill(value), scale);
    return parmsId ? evaluator.plainModSwitchTo(plaintext, parmsId) : plaintext;
  }

  const operations = {
    version: () => ({ version: seal.Version }),

    createContext(request) {
      const parameters = seal.EncryptionParameters(seal.SchemeType.ckks);
      parameters.setPolyModulusDegree(request.degree);
      parameters.setCoeffModulus(seal.CoeffModulus.Create(request.degree, Int32Array.from(request.bitSizes)));
      useContext(parameters);
      return { parameters: save(parameters, request), key: identity(context.keyParmsId), first: identity(context.firstParmsId) };
    },

    loadContext(request) {
      const parameters = seal.EncryptionParameters(seal.SchemeType.ckks);
      parameters.loadArray(bytesOf(request.parameters));
      useContext(parameters);
      return { parameters: save(parameters, request), key: identity(context.keyParmsId), first: identity(context.firstParmsId) };
    },

    createKeys(request) {
      keyGenerator = seal.KeyGenerator(context);
      secretKey = keyGenerator.secretKey();
      publicKey = keyGenerator.createPublicKey();
      useKeys();
      const saved = request.seeded ? keyGenerator.createPublicKeySerializable() : publicKey;
      return { secretKey: save(secretKey, request), publicKey: save(saved, request) };
    },

    loadKeys(request) {
      secretKey = load(seal.SecretKey(), request.secretKey);
      publicKey = load(seal.PublicKey(), request.publicKey);
      useKeys();
      return { secretKey: save(secretKey, request), publicKey: save(publicKey, request) };
    },

    encrypt(request) {
      const plaintext = request.plaintext
        ? load(seal.PlainText(), request.plaintext)
        : encoder.encode(doublesOf(request.values), request.scale);
      const ciphertext = request.how === 'seeded' ? encryptor.encryptSymmetricSerializable(plaintext)
        : request.how === 'symmetric' ? encryptor.encryptSymmetric(plaintext)
          : encryptor.encrypt(plaintext);
      return { ciphertext: save(ciphertext, request) };
    },

    decrypt(request) {
      const plaintext = decryptor.decrypt(ciphertextOf(request.ciphertext));
      return request.asPlaintext ? { plaintext: save(plaintext, request) } : { values: base64(encoder.decode(plaintext)) };
    },

    // Integer weights: constants of scale 1 change no scale and spend no level.
    weightedSum(request) {
      let sum;
      request.ciphertexts.forEach((text, i) => {
        const ciphertext = ciphertextOf(text);
        const weighted = evaluator.multiplyPlain(ciphertext, constant(request.weights[i], 1, ciphertext.parmsId));
        sum = sum ? evaluator.add(sum, weighted) : weighted;
      });
      return { ciphertext: save(sum, request) };
    },

    // A real factor at the scale of the prime that the rescale spends.
    rescaledProduct(request) {
      const product = evaluator.multiplyPlain(ciphertextOf(request.ciphertext), constant(request.factor, request.prime));
      return { ciphertext: save(evaluator.rescaleToNext(product), request) };
    },
  };

  readline.createInterface({ input: process.stdin }).on('line', line => {
    let answer;
    try {
      const request = JSON.parse(line);
      answer = operations[request.operation](request);
    } catch (error) {
      answer = { error: String(error && error.message || error) };
    }

    process.stdout.write(JSON.stringify(answer) + '\n');
  });
});
