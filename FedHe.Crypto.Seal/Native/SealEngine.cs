using System.Buffers;
using System.Runtime.InteropServices;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Seal.Errors;

namespace FedHe.Crypto.Seal.Native;

/// <summary>A SEAL engine holds the context, the encoder and the evaluator of SEAL for one parameter set.</summary>
/// <remarks>
/// Several threads may use SEAL's objects at once as long as none of them writes the same plaintext or ciphertext.
/// Memory comes from SEAL's global pool, which is thread-safe, or, for secrets, from pools that SEAL clears in the end.
/// </remarks>
internal sealed unsafe class SealEngine : IDisposable
{
    private const int SecurityLevel = 128;
    private const byte NoCompression = 0;
    private const nint GlobalPool = 0;

    private readonly ContextHandle _context;
    private readonly EncoderHandle _encoder;
    private readonly EvaluatorHandle _evaluator;
    private readonly ulong[][] _parmsIds;
    private readonly ulong _slots;

    /// <exception cref="HeParameterException">
    /// SEAL finds less than 128 bits of security, or refuses the parameters otherwise.
    /// </exception>
    public SealEngine(SealEncryptionParameters parameters)
    {
        _slots = (ulong)parameters.Degree / 2;
        IEnumerable<int> levels = Enumerable.Range(1, parameters.DataPrimeCount);
        _parmsIds = [.. levels.Select(count => WordsOf(parameters.ParmsIdOf(count)))];
        _context = CreateContext(parameters);
        Check(SealImports.CKKSEncoder_Create(_context, out _encoder), "create an encoder");
        Check(SealImports.Evaluator_Create(_context, out _evaluator), "create an evaluator");
    }

    public static MemoryPoolHandle CreateSecretPool()
    {
        Check(
            SealImports.MemoryPoolHandle_New(clearOnDestruction: true, out MemoryPoolHandle pool),
            "create a memory pool");
        return pool;
    }

    public static PlaintextHandle CreatePlaintext(MemoryPoolHandle pool)
    {
        Check(SealImports.Plaintext_Create1(pool, out PlaintextHandle plaintext), "create a plaintext");
        return plaintext;
    }

    public static CiphertextHandle CreateCiphertext()
    {
        Check(SealImports.Ciphertext_Create1(GlobalPool, out CiphertextHandle ciphertext), "create a ciphertext");
        return ciphertext;
    }

    /// <summary>Makes a pair of keys, whose public key is written with the seed of its second polynomial.</summary>
    public (SecretKeyHandle SecretKey, PublicKeyHandle PublicKey) GenerateKeys()
    {
        Check(SealImports.KeyGenerator_Create1(_context, out KeyGeneratorHandle generator), "create a key generator");
        using (generator)
        {
            Check(SealImports.KeyGenerator_SecretKey(generator, out SecretKeyHandle secretKey), "make a secret key");
            Check(
                SealImports.KeyGenerator_CreatePublicKey(generator, saveSeed: true, out PublicKeyHandle publicKey),
                "make a public key");
            return (secretKey, publicKey);
        }
    }

    public SecretKeyHandle LoadSecretKey(ReadOnlySpan<byte> file)
    {
        Check(SealImports.SecretKey_Create1(out SecretKeyHandle key), "create a secret key");
        fixed (byte* source = file)
        {
            Check(SealImports.SecretKey_Load(key, _context, source, (ulong)file.Length, out _), "load a secret key");
        }

        return key;
    }

    public PublicKeyHandle LoadPublicKey(ReadOnlySpan<byte> file)
    {
        Check(SealImports.PublicKey_Create1(out PublicKeyHandle key), "create a public key");
        fixed (byte* source = file)
        {
            Check(SealImports.PublicKey_Load(key, _context, source, (ulong)file.Length, out _), "load a public key");
        }

        return key;
    }

    /// <summary>Returns the length in bytes of the file of a secret key.</summary>
    public static int LengthOf(SecretKeyHandle key)
    {
        Check(SealImports.SecretKey_SaveSize(key, NoCompression, out long size), "measure a secret key");
        return checked((int)size);
    }

    public static void Save(SecretKeyHandle key, Span<byte> file)
    {
        fixed (byte* destination = file)
        {
            Check(
                SealImports.SecretKey_Save(key, destination, (ulong)file.Length, NoCompression, out _),
                "save a secret key");
        }
    }

    public static byte[] Save(PublicKeyHandle key)
    {
        Check(SealImports.PublicKey_SaveSize(key, NoCompression, out long size), "measure a public key");
        var file = new byte[size];
        fixed (byte* destination = file)
        {
            Check(
                SealImports.PublicKey_Save(key, destination, (ulong)size, NoCompression, out long written),
                "save a public key");
            return file[..checked((int)written)];
        }
    }

    public EncryptorHandle CreateEncryptor(PublicKeyHandle key)
    {
        Check(
            SealImports.Encryptor_Create(_context, key, secretKey: 0, out EncryptorHandle encryptor),
            "create an encryptor");
        return encryptor;
    }

    public EncryptorHandle CreateEncryptor(SecretKeyHandle key)
    {
        Check(
            SealImports.Encryptor_Create(_context, publicKey: 0, key, out EncryptorHandle encryptor),
            "create an encryptor");
        return encryptor;
    }

    public DecryptorHandle CreateDecryptor(SecretKeyHandle key)
    {
        Check(SealImports.Decryptor_Create(_context, key, out DecryptorHandle decryptor), "create a decryptor");
        return decryptor;
    }

    /// <summary>Encodes one value for every slot, for the level of fresh ciphertexts.</summary>
    public void Encode(ReadOnlySpan<double> values, double scale, PlaintextHandle destination, MemoryPoolHandle pool)
    {
        fixed (double* source = values)
        fixed (ulong* parmsId = _parmsIds[^1])
        {
            Check(
                SealImports.CKKSEncoder_Encode1(
                    _encoder, (ulong)values.Length, source, parmsId, scale, destination, pool),
                "encode values");
        }
    }

    /// <summary>Encodes round(value * scale) as a constant polynomial, for the level of fresh ciphertexts.</summary>
    public void EncodeScalar(double value, double scale, PlaintextHandle destination, MemoryPoolHandle pool)
    {
        fixed (ulong* parmsId = _parmsIds[^1])
        {
            Check(
                SealImports.CKKSEncoder_Encode3(_encoder, value, parmsId, scale, destination, pool),
                "encode a scalar");
        }
    }

    /// <summary>Encodes an integer as a constant polynomial of scale 1.</summary>
    public void EncodeInteger(long value, int primeCount, PlaintextHandle destination)
    {
        fixed (ulong* parmsId = _parmsIds[primeCount - 1])
        {
            Check(SealImports.CKKSEncoder_Encode5(_encoder, value, parmsId, destination), "encode a weight");
        }
    }

    /// <summary>Decodes the values of all slots.</summary>
    public void Decode(PlaintextHandle plaintext, Span<double> values, MemoryPoolHandle pool)
    {
        // Up to version 4.3, SEAL writes all slots whatever the count says.
        ulong count = _slots;
        ArgumentOutOfRangeException.ThrowIfLessThan((ulong)values.Length, _slots);
        fixed (double* destination = values)
        {
            Check(SealImports.CKKSEncoder_Decode1(_encoder, plaintext, ref count, destination, pool), "decode values");
        }
    }

    public static void Encrypt(
        EncryptorHandle encryptor, PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool)
        => Check(SealImports.Encryptor_Encrypt(encryptor, plaintext, destination, pool), "encrypt");

    /// <summary>
    /// Encrypts with the secret key. The result can only be saved, because a seed stands for its second polynomial.
    /// </summary>
    public static void EncryptSeeded(
        EncryptorHandle encryptor, PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool)
        => Check(
            SealImports.Encryptor_EncryptSymmetric(encryptor, plaintext, saveSeed: true, destination, pool),
            "encrypt");

    public static void Decrypt(DecryptorHandle decryptor, CiphertextHandle ciphertext, PlaintextHandle destination)
        => Check(SealImports.Decryptor_Decrypt(decryptor, ciphertext, destination), "decrypt");

    /// <summary>Loads a ciphertext from a file that was checked, and expands its seed.</summary>
    public void Load(ReadOnlySpan<byte> file, CiphertextHandle destination)
    {
        fixed (byte* source = file)
        {
            Check(
                SealImports.Ciphertext_Load(destination, _context, source, (ulong)file.Length, out _),
                "load a ciphertext");
        }
    }

    /// <summary>Saves a ciphertext in scratch memory, and passes the file to an action.</summary>
    public static void Save(CiphertextHandle ciphertext, ReadOnlySpanAction<byte, int> use, int argument)
    {
        Check(SealImports.Ciphertext_SaveSize(ciphertext, NoCompression, out long size), "measure a ciphertext");
        byte[] scratch = ArrayPool<byte>.Shared.Rent(checked((int)size));
        fixed (byte* destination = scratch)
        {
            Check(
                SealImports.Ciphertext_Save(ciphertext, destination, (ulong)size, NoCompression, out long written),
                "save a ciphertext");
            use(scratch.AsSpan(0, (int)written), argument);
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }

    /// <summary>Adds another ciphertext to a ciphertext.</summary>
    /// <exception cref="HeMismatchException">
    /// The ciphertexts cancel each other, so that the sum would be in clear.
    /// </exception>
    public void AddTo(CiphertextHandle destination, CiphertextHandle other)
    {
        int code = SealImports.Evaluator_Add(_evaluator, other, destination, destination);
        if (code == SealImports.InvalidOperation)
        {
            throw SealThrow.SumTransparent();
        }

        Check(code, "add ciphertexts");
    }

    public void Multiply(CiphertextHandle ciphertext, PlaintextHandle plaintext)
        => Check(
            SealImports.Evaluator_MultiplyPlain(_evaluator, ciphertext, plaintext, ciphertext, GlobalPool),
            "multiply by a plaintext");

    public void Rescale(CiphertextHandle ciphertext)
        => Check(SealImports.Evaluator_RescaleToNext(_evaluator, ciphertext, ciphertext, GlobalPool), "rescale");

    public void Dispose()
    {
        _evaluator.Dispose();
        _encoder.Dispose();
        _context.Dispose();
    }

    private static ContextHandle CreateContext(SealEncryptionParameters parameters)
    {
        var file = new ArrayBufferWriter<byte>();
        parameters.WriteTo(file);
        const byte Ckks = 2;
        Check(SealImports.EncParams_Create1(Ckks, out EncryptionParametersHandle native), "create parameters");
        using (native)
        {
            fixed (byte* source = file.WrittenSpan)
            {
                Check(SealImports.EncParams_Load(native, source, (ulong)file.WrittenCount, out _), "load parameters");
            }

            Check(
                SealImports.SEALContext_Create(native, expandModChain: true, SecurityLevel, out ContextHandle context),
                "create a context");
            Check(SealImports.SEALContext_ParametersSet(context, out bool isAccepted), "check parameters");
            if (!isAccepted)
            {
                context.Dispose();
                throw new HeParameterException(
                    ParameterError.SecurityBelowRequired,
                    "Microsoft SEAL refuses the parameters at 128 bits of security.");
            }

            return context;
        }
    }

    private static ulong[] WordsOf(Digest parmsId)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        parmsId.CopyTo(bytes);
        return MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
    }

    private static void Check(int code, string operation)
    {
        if (code != SealImports.Success)
        {
            throw new SealOperationException(operation, code);
        }
    }
}
