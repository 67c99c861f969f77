using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto;

/// <summary>
/// A context makes keys, and the encryptors and decryptors that need a key, under one parameter set. It is immutable
/// and thread-safe.
/// </summary>
/// <remarks>Key holders have a context. A server that only adds is given its <see cref="Public"/> part.</remarks>
/// <example>
/// <code>
/// using HeContext he = new CkksScheme().CreateContext();
/// using KeyPair keys = he.GenerateKeyPair();
/// double[] values = [1.5, -2, 0.25];
/// using EncryptedVector vector = he.CreateEncryptor(keys.SecretKey).Encrypt(values, maxAbs: 4);
/// var decrypted = new double[vector.Length];
/// he.CreateDecryptor(keys.SecretKey).Decrypt(vector, decrypted); // within vector.Bound.ErrorBound of the values
/// </code>
/// </example>
public abstract class HeContext : IDisposable
{
    /// <summary>Creates a context around its public part.</summary>
    protected HeContext(HePublicContext publicContext)
    {
        ArgumentNullException.ThrowIfNull(publicContext);
        Public = publicContext;
    }

    /// <summary>The public part of the context: evaluator, reader, sizes and bounds. No key is reachable from it.</summary>
    public HePublicContext Public { get; }

    /// <summary>The parameters of the context.</summary>
    public HeParameters Parameters => Public.Parameters;

    /// <summary>The identity of the parameters.</summary>
    public Digest ParametersId => Parameters.Id;

    /// <summary>Makes a key pair from fresh randomness.</summary>
    /// <param name="exportPolicy">The forms in which the secret key may ever be exported.</param>
    public abstract KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None);

    /// <summary>Creates an encryptor for a public key, or for a secret key, whose uploads are seeded and smaller.</summary>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="HeCapacityException">
    /// The parameters have no room for the noise of public-key encryption.
    /// </exception>
    /// <param name="key">The key, which must not be disposed before the encryptor is last used.</param>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public IEncryptor CreateEncryptor(EncryptionKey key)
    {
        CheckKey(key);
        return CreateEncryptorCore(key);
    }

    /// <summary>Creates a decryptor for a secret key.</summary>
    /// <param name="key">The key, which must not be disposed before the decryptor is last used.</param>
    /// <exception cref="HeMismatchException">The key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public IDecryptor CreateDecryptor(SecretKey key)
    {
        CheckKey(key);
        return CreateDecryptorCore(key);
    }

    /// <summary>
    /// Tells whether two keys of these parameters belong together, so that the secret key decrypts what the public key
    /// encrypts.
    /// </summary>
    /// <param name="publicKey">The public key.</param>
    /// <param name="secretKey">The secret key.</param>
    /// <exception cref="HeMismatchException">A key belongs to other parameters.</exception>
    /// <exception cref="ObjectDisposedException">The secret key was disposed.</exception>
    public bool IsPair(PublicKey publicKey, SecretKey secretKey)
    {
        CheckKey(publicKey);
        CheckKey(secretKey);
        return publicKey.KeyId == secretKey.KeyId && IsPairCore(publicKey, secretKey);
    }

    /// <summary>
    /// Parses a public key from untrusted bytes, and refuses a key of other parameters or a key that no honest party makes.
    /// </summary>
    /// <remarks>
    /// A public key alone proves little: its maker may know the secret key, and may have made a key that hides nothing. Take it from
    /// a party that is trusted with the secret key, over an authenticated channel.
    /// </remarks>
    /// <param name="source">The bytes of exactly one key.</param>
    /// <param name="key">The key, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a key of these parameters.</returns>
    public abstract bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason);

    /// <summary>
    /// Parses a public key and the secret key that <see cref="SecretKey.ExportClear"/> wrote, and refuses them unless they
    /// belong together.
    /// </summary>
    /// <param name="publicKey">The bytes of exactly one public key.</param>
    /// <param name="secretKey">The bytes of exactly one secret key.</param>
    /// <param name="exportPolicy">The forms in which the secret key may be exported from now on.</param>
    /// <param name="keys">The pair, which the caller disposes.</param>
    /// <param name="reason">
    /// The reason of a refusal, <see cref="FormatError.Inconsistent"/> where the keys do not belong together, or
    /// <see cref="FormatError.None"/>.
    /// </param>
    /// <returns>Whether the bytes were a pair of keys of these parameters.</returns>
    public bool TryImportKeyPair(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> secretKey,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out KeyPair? keys,
        out FormatError reason)
    {
        keys = null;
        if (!TryReadPublicKey(publicKey, out PublicKey? opened, out reason))
        {
            return false;
        }

        if (!TryImportSecretKey(secretKey, exportPolicy, out SecretKey? imported, out reason))
        {
            opened.Dispose();
            return false;
        }

        var pair = new KeyPair(opened, imported);
        if (!IsPair(opened, imported))
        {
            pair.Dispose();
            reason = FormatError.Inconsistent;
            return false;
        }

        keys = pair;
        return true;
    }

    /// <summary>
    /// Parses a secret key that <see cref="SecretKey.ExportClear"/> wrote, and refuses a key of other parameters or a key
    /// that no honest party makes.
    /// </summary>
    /// <remarks>
    /// Where the public key is at hand, use <see cref="TryImportKeyPair"/>: a changed coefficient of a lattice key shows only beside
    /// the public key.
    /// </remarks>
    /// <param name="source">The bytes of exactly one key.</param>
    /// <param name="exportPolicy">The forms in which the key may be exported from now on.</param>
    /// <param name="key">The key, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a key of these parameters.</returns>
    public bool TryImportSecretKey(
        ReadOnlySpan<byte> source, SecretKeyExportPolicy exportPolicy, [NotNullWhen(true)] out SecretKey? key, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.SecretKey, ParametersId, source.Length);
        KeyId keyId = reader.ReadKeyId();
        ReadOnlySpan<byte> material = reader.ReadBytes(SecretKeyLength);
        reader.ExpectEnd();
        reason = reader.Error;
        key = reader.Failed ? null : ImportSecretKeyCore(keyId, material, exportPolicy, out reason);
        return key is not null;
    }

    /// <summary>
    /// Decrypts a secret key that <see cref="SecretKey.ExportProtected"/> wrote, and refuses a wrong password.
    /// </summary>
    /// <param name="source">The bytes of exactly one key.</param>
    /// <param name="password">The password that the key was exported under.</param>
    /// <param name="exportPolicy">The forms in which the key may be exported from now on.</param>
    /// <param name="key">The key, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a key of these parameters.</returns>
    public bool TryImportProtectedSecretKey(
        ReadOnlySpan<byte> source,
        ReadOnlySpan<char> password,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out SecretKey? key,
        out FormatError reason)
    {
        byte[] material = SecretMemory.Allocate<byte>(SecretKeyLength);
        try
        {
            reason = PasswordProtection.TryRead(source, ParametersId, password, material, out KeyId keyId);
            key = reason == FormatError.None ? ImportSecretKeyCore(keyId, material, exportPolicy, out reason) : null;
            return key is not null;
        }
        finally
        {
            SecretMemory.Zero<byte>(material);
        }
    }

    /// <summary>Releases the native resources of the context, where the scheme has any.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The length in bytes of the material that a secret key exports.</summary>
    protected abstract int SecretKeyLength { get; }

    /// <summary>Creates an encryptor for a key whose parameters were checked.</summary>
    protected abstract IEncryptor CreateEncryptorCore(EncryptionKey key);

    /// <summary>Creates a decryptor for a key whose parameters were checked.</summary>
    protected abstract IDecryptor CreateDecryptorCore(SecretKey key);

    /// <summary>
    /// Tells whether two keys of one identity, whose parameters were checked, belong together. Unless a scheme knows better,
    /// the secret key must decrypt what the public key encrypted.
    /// </summary>
    protected virtual bool IsPairCore(PublicKey publicKey, SecretKey secretKey)
    {
        const double Value = 0.5;
        double[] values = SecretMemory.Allocate<double>(Parameters.ValuesPerCiphertext);
        try
        {
            values.AsSpan().Fill(Value);
            using EncryptedVector vector = CreateEncryptorCore(publicKey).Encrypt(values, maxAbs: 1);
            CreateDecryptorCore(secretKey).Decrypt(vector, values);
            return Array.TrueForAll(values, value => Math.Abs(value - Value) <= vector.Bound.ErrorBound);
        }
        finally
        {
            // The error of a decryption tells about the key.
            SecretMemory.Zero<double>(values);
        }
    }

    /// <summary>
    /// Rebuilds a secret key from exported material of the right length, or names the reason of a refusal.
    /// </summary>
    protected abstract SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason);

    /// <summary>Releases the resources of the context.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    private void CheckKey(EncryptionKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        ObjectDisposedException.ThrowIf(key is SecretKey { IsDisposed: true }, key);
        if (key.ParametersId != ParametersId)
        {
            throw Throw.ParametersMismatch();
        }
    }
}
