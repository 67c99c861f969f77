using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Keys;

/// <summary>
/// A secret key decrypts, and encrypts into seeded vectors where its scheme has them. Its material lies in pinned
/// memory, is zeroed on dispose, and is never shown by a debugger or by <see cref="object.ToString"/>.
/// </summary>
[DebuggerDisplay("Secret key")]
public abstract class SecretKey : EncryptionKey
{
    /// <summary>
    /// The number of ciphertexts whose decryptions may be published with flooding noise under one key: 2^20.
    /// </summary>
    /// <remarks>The flooding noise is sized for this number; see docs/parameters.md.</remarks>
    public const long PlannedPublications = 1 << 20;

    private readonly Lock _uses = new();
    private int _useCount;
    private bool _isZeroed;
    private long _publications;

    /// <summary>Creates a secret key of the given parameters, identity and export policy.</summary>
    protected SecretKey(Digest parametersId, KeyId keyId, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId)
    {
        ExportPolicy = exportPolicy;
    }

    /// <summary>Zeroes the key material if the owner did not dispose the key.</summary>
    ~SecretKey() => Dispose(disposing: false);

    /// <summary>The forms in which the key may be exported.</summary>
    public SecretKeyExportPolicy ExportPolicy { get; }

    /// <summary>
    /// Whether the key was disposed. The material of a disposed key is zeroed as soon as no operation uses it.
    /// </summary>
    public bool IsDisposed { get; private set; }

    /// <summary>
    /// The number of ciphertexts whose decryptions were published with flooding noise under this key, as far as this object knows.
    /// </summary>
    /// <remarks>
    /// The count lives with this object and is shared by its decryptors; an exported key does not carry it. A host that publishes after
    /// a restart stores the number beside the key, and counts it again by <see cref="CountPublications"/> after the import. Holders
    /// of copies of one key share its publications: let one of them publish.
    /// </remarks>
    public long Publications
    {
        get
        {
            lock (_uses)
            {
                return _publications;
            }
        }
    }

    /// <summary>The public length of the key material in bytes.</summary>
    protected abstract int MaterialLength { get; }

    /// <summary>
    /// Writes the key in clear for a caller that zeroes the bytes after use. For storage, use
    /// <see cref="ExportProtected"/>.
    /// </summary>
    /// <param name="destination">
    /// Receives the bytes. A buffer that grows by copying would leave copies of the key behind.
    /// </param>
    /// <exception cref="InvalidOperationException">The export policy forbids it.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void ExportClear(IBufferWriter<byte> destination)
    {
        using SecretKeyUse use = Use();
        DemandExport(SecretKeyExportPolicy.Clear);
        Span<byte> material = GC.AllocateUninitializedArray<byte>(MaterialLength, pinned: true);
        try
        {
            CopyMaterial(material);
            var writer = new WireWriter(destination);
            writer.WriteHeader(WireKind.SecretKey, ParametersId, KeyId.SizeInBytes + material.Length);
            writer.WriteKeyId(KeyId);
            writer.WriteBytes(material);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    /// <summary>Writes the key encrypted under a password, by PBKDF2-HMAC-SHA-256 and AES-256-GCM.</summary>
    /// <param name="password">The password, at least 12 characters.</param>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="ArgumentException">The password is too short.</exception>
    /// <exception cref="InvalidOperationException">The export policy forbids it.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void ExportProtected(ReadOnlySpan<char> password, IBufferWriter<byte> destination)
    {
        using SecretKeyUse use = Use();
        DemandExport(SecretKeyExportPolicy.PasswordProtected);
        Span<byte> material = GC.AllocateUninitializedArray<byte>(MaterialLength, pinned: true);
        try
        {
            CopyMaterial(material);
            PasswordProtection.Write(ParametersId, KeyId, material, password, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    /// <summary>
    /// Counts ciphertexts whose decryptions are published with flooding noise: by a decryptor, or elsewhere or earlier under a
    /// copy of this key.
    /// </summary>
    /// <param name="ciphertexts">The number of ciphertexts, at least 1.</param>
    /// <exception cref="HePublicationException">
    /// The count would exceed <see cref="PlannedPublications"/>; it stays as it was.
    /// </exception>
    public void CountPublications(long ciphertexts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ciphertexts, 1);
        lock (_uses)
        {
            long remaining = PlannedPublications - _publications;
            if (ciphertexts > remaining)
            {
                throw Throw.PublicationsSpent(remaining);
            }

            _publications += ciphertexts;
        }
    }

    /// <summary>Returns a fixed text, because a key never shows its content.</summary>
    public sealed override string ToString() => "Secret key";

    /// <summary>Begins an operation that reads the key material, which is not zeroed before the use ends.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    /// <remarks>
    /// A key zeroed halfway through an operation would encrypt the rest of a vector under zero, which is in clear.
    /// </remarks>
    public SecretKeyUse Use()
    {
        lock (_uses)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            _useCount++;
        }

        return new SecretKeyUse(this);
    }

    /// <summary>Ends one use of the key; the last use of a disposed key zeroes the material.</summary>
    internal void EndUse()
    {
        lock (_uses)
        {
            _useCount--;
            ZeroUnlessUsed();
        }
    }

    /// <summary>Refuses to continue unless the export policy allows the given form.</summary>
    /// <exception cref="InvalidOperationException">The export policy forbids it.</exception>
    internal void DemandExport(SecretKeyExportPolicy form)
    {
        if (!ExportPolicy.HasFlag(form))
        {
            throw new InvalidOperationException(
                $"This secret key may not be exported in the form '{form}'. Choose the export policy when the key is made.");
        }
    }

    /// <summary>Copies the key material to a span of <see cref="MaterialLength"/> bytes.</summary>
    protected abstract void CopyMaterial(Span<byte> destination);

    /// <summary>Overwrites the key material with zeros.</summary>
    protected abstract void ZeroMaterial();

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        lock (_uses)
        {
            IsDisposed = true;
            ZeroUnlessUsed();
        }

        base.Dispose(disposing);
    }

    private void ZeroUnlessUsed()
    {
        if (IsDisposed && _useCount == 0 && !_isZeroed)
        {
            _isZeroed = true;
            ZeroMaterial();
        }
    }
}
