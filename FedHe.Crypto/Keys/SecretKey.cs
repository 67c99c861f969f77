using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Keys;

/// <summary>
/// Decrypts, and encrypts into seeded vectors. The key material sits in pinned memory and is zeroed on dispose; it is
/// never shown by a debugger or by <see cref="object.ToString"/>.
/// </summary>
[DebuggerDisplay("Secret key")]
public abstract class SecretKey : EncryptionKey
{
    private readonly Lock _uses = new();
    private int _useCount;
    private bool _isZeroed;

    /// <summary>Creates a key of the given identity.</summary>
    protected SecretKey(Digest parametersId, KeyId keyId, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId)
    {
        ExportPolicy = exportPolicy;
    }

    /// <summary>Zeroes the key material if the owner forgot to dispose.</summary>
    ~SecretKey() => Dispose(disposing: false);

    /// <summary>In which forms the key may be exported.</summary>
    public SecretKeyExportPolicy ExportPolicy { get; }

    /// <summary>Whether the key was disposed. Its material is zeroed at once, or when the last operation underway ends.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Length of the key material in bytes; public.</summary>
    protected abstract int MaterialLength { get; }

    /// <summary>
    /// Writes the key in clear. The caller zeroes the bytes after use; for storage use <see cref="ExportProtected"/>.
    /// </summary>
    /// <param name="destination">Receives the bytes; must not grow by copying, or copies of the key stay behind.</param>
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

    /// <summary>Writes the key encrypted under a password (PBKDF2-HMAC-SHA-256, then AES-256-GCM).</summary>
    /// <param name="password">At least 12 characters.</param>
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

    /// <summary>A fixed text: the key never shows its content.</summary>
    public sealed override string ToString() => "Secret key";

    /// <summary>
    /// Begins an operation of the scheme that reads the key material. Until the use ends, neither the owner nor the garbage collector zeroes it: a key
    /// zeroed halfway through would encrypt the rest of a vector under zero, which is in clear.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public SecretKeyUse Use()
    {
        lock (_uses)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            _useCount++;
        }

        return new SecretKeyUse(this);
    }

    /// <summary>Ends a use; the last one of a disposed key zeroes it.</summary>
    internal void EndUse()
    {
        lock (_uses)
        {
            _useCount--;
            ZeroUnlessUsed();
        }
    }

    /// <summary>Refuses to go on unless the key may be exported in a form.</summary>
    /// <exception cref="InvalidOperationException">The export policy forbids it.</exception>
    internal void DemandExport(SecretKeyExportPolicy form)
    {
        if (!ExportPolicy.HasFlag(form))
        {
            throw new InvalidOperationException(
                $"This secret key may not be exported in the form '{form}'. Choose the export policy when the key is made.");
        }
    }

    /// <summary>Copies the key material.</summary>
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
