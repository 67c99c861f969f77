using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Parses a public key from untrusted bytes, and refuses a key of other parameters.</summary>
    /// <param name="source">The bytes of exactly one key.</param>
    /// <param name="key">The key, which the caller disposes.</param>
    /// <param name="reason">The reason of a refusal, or <see cref="FormatError.None"/>.</param>
    /// <returns>Whether the bytes were a key of these parameters.</returns>
    public abstract bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason);

    /// <summary>
    /// Parses a secret key that <see cref="SecretKey.ExportClear"/> wrote, and refuses a key of other parameters.
    /// </summary>
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
