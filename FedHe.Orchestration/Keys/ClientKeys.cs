using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// Client keys are the keys of an opened grant. They hand out encryptors and decryptors, but never the secret key, which
/// leaves them only encrypted by a protector and is zeroed on disposal. In a job with a committee they are the group key alone.
/// </summary>
[DebuggerDisplay("Keys {KeyId}")]
public sealed class ClientKeys : IDisposable
{
    private readonly HeContext? _context;
    private readonly KeyPair? _keys;
    private readonly byte[] _groupKey;

    /// <summary>Creates the keys of a job with an authority.</summary>
    internal ClientKeys(HeContext context, KeyPair keys, ReadOnlySpan<byte> groupKey)
        : this(context.Public, keys.PublicKey.KeyId, groupKey) => (_context, _keys) = (context, keys);

    /// <summary>Creates the keys of a job with a committee.</summary>
    internal ClientKeys(KeyAdditiveParameters parameters, ReadOnlySpan<byte> groupKey)
        : this(KeyAdditiveContext.CreatePublic(parameters), GroupKey.IdOf(groupKey), groupKey)
    {
    }

    private ClientKeys(HePublicContext context, KeyId keyId, ReadOnlySpan<byte> groupKey)
    {
        Context = context;
        KeyId = keyId;
        _groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        groupKey.CopyTo(_groupKey);
        TagKey = new TagKey(groupKey);
    }

    /// <summary>The identity of the key pair, or of the group key where there is no key pair.</summary>
    public KeyId KeyId { get; }

    /// <summary>Whether the keys have a key pair, with which one party alone opens sums; a job with a committee has none.</summary>
    public bool HasKeyPair => _keys is not null;

    /// <summary>The parameters of the keys; of the round keys where there is no key pair.</summary>
    public HeParameters Parameters => Context.Parameters;

    /// <summary>The public context of the parameters, which holds no key.</summary>
    public HePublicContext Context { get; }

    /// <summary>Creates an encryptor under the keys.</summary>
    /// <param name="form">
    /// The form of the vectors: <see cref="VectorForm.Seeded"/> encrypts with the secret key into half the bytes, <see
    /// cref="VectorForm.Full"/> encrypts with the public key.
    /// </param>
    /// <exception cref="InvalidOperationException">There is no key pair.</exception>
    public IEncryptor CreateEncryptor(VectorForm form = VectorForm.Seeded)
        => _context is not null && _keys is not null
            ? _context.CreateEncryptor(form == VectorForm.Seeded ? _keys.SecretKey : _keys.PublicKey)
            : throw Throw.NoKeyPair();

    /// <summary>Creates a decryptor under the secret key.</summary>
    /// <exception cref="InvalidOperationException">There is no key pair.</exception>
    public IDecryptor CreateDecryptor()
        => _context is not null && _keys is not null ? _context.CreateDecryptor(_keys.SecretKey) : throw Throw.NoKeyPair();

    /// <summary>Saves the keys under a protector, so that a restarted client need not ask the authority again.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the keys; a password, or the host's own key store.</param>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        using var secret = new PinnedBufferWriter();
        secret.Write(_groupKey);
        var clear = new ArrayBufferWriter<byte>();
        _keys?.SecretKey.ExportClear(secret);
        _keys?.PublicKey.WriteTo(clear);
        SealedObject.Write(HasKeyPair ? SealedKind.ClientKeys : SealedKind.GroupKey, Parameters.Id, clear.WrittenSpan, secret.WrittenSpan, protector, destination);
    }

    /// <summary>Saves the keys under a password.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="password">The password, at least 12 characters.</param>
    public void Save(IBufferWriter<byte> destination, ReadOnlySpan<char> password)
    {
        using var protector = new PasswordProtector(password);
        Save(destination, protector);
    }

    /// <summary>Loads saved keys.</summary>
    /// <param name="source">The bytes of exactly one set of keys.</param>
    /// <param name="protector">The protector that they were saved under.</param>
    /// <param name="context">The context of the job's parameters; it must outlive the keys.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not saved keys of these parameters, or the protector does not open them.
    /// </exception>
    public static ClientKeys Load(ReadOnlySpan<byte> source, ISecretProtector protector, HeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.ClientKeys, context.ParametersId, source, protector, "client keys", out byte[] publicKey);
        ReadOnlySpan<byte> bytes = secret.WrittenSpan;
        FormatError error = FormatError.Truncated;
        return bytes.Length > TagKey.SizeInBytes
            && context.TryImportKeyPair(publicKey, bytes[TagKey.SizeInBytes..], SecretKeyExportPolicy.Clear, out KeyPair? pair, out error)
            ? new ClientKeys(context, pair, bytes[..TagKey.SizeInBytes])
            : throw new HeFormatException(error, "client keys");
    }

    /// <summary>Loads keys that were saved under a password.</summary>
    /// <param name="source">The bytes of exactly one set of keys.</param>
    /// <param name="password">The password.</param>
    /// <param name="context">The context of the job's parameters; it must outlive the keys.</param>
    /// <exception cref="HeFormatException">The bytes are not saved keys of these parameters, or the password is wrong.</exception>
    public static ClientKeys Load(ReadOnlySpan<byte> source, ReadOnlySpan<char> password, HeContext context)
    {
        using var protector = new PasswordProtector(password);
        return Load(source, protector, context);
    }

    /// <summary>Loads saved keys of a job with a committee.</summary>
    /// <param name="source">The bytes of exactly one set of keys.</param>
    /// <param name="protector">The protector that they were saved under.</param>
    /// <param name="job">The job.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not saved keys of the job, which has a committee, or the protector does not open them.
    /// </exception>
    public static ClientKeys Load(ReadOnlySpan<byte> source, ISecretProtector protector, FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.GroupKey, job.Authority.ParametersId, source, protector, "client keys", out byte[] clear);
        ReadOnlySpan<byte> bytes = secret.WrittenSpan;
        return job.Committee is not null && clear.Length == 0 && bytes.Length == TagKey.SizeInBytes && GroupKey.IdOf(bytes) == job.Authority.KeyId
            ? new ClientKeys(job.RoundKeyParameters!, bytes)
            : throw new HeFormatException(FormatError.Inconsistent, "client keys");
    }

    /// <summary>Derives the key that seals a committee member's answer for the clients; the caller zeroes it.</summary>
    /// <param name="context">The context of the answer.</param>
    /// <param name="key">Receives the key.</param>
    internal void DeriveAnswerKey(ReadOnlySpan<byte> context, Span<byte> key)
        => HKDF.DeriveKey(HashAlgorithmName.SHA256, _groupKey, key, salt: default, context);

    /// <summary>The clients' common key of tags, which the server never has.</summary>
    internal TagKey TagKey { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys?.Dispose();
        SecretMemory.Zero<byte>(_groupKey);
        TagKey.Dispose();
    }
}
