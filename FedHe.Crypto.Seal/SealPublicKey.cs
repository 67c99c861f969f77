using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Seal.Native;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL public key covers all primes, the special one included. On the wire it is the file of SEAL, usually seeded,
/// and the identity of the key is the hash of this file.
/// </summary>
internal sealed class SealPublicKey : PublicKey
{
    private readonly byte[] _file;

    private SealPublicKey(SealSetting setting, byte[] file)
        : base(setting.Parameters.Id, new KeyId(SHA256.HashData(file).AsSpan(0, KeyId.SizeInBytes)))
    {
        _file = file;
        using PublicKeyHandle key = setting.Engine.LoadPublicKey(file);
        Encryptor = setting.Engine.CreateEncryptor(key);
    }

    public EncryptorHandle Encryptor { get; }

    public override int EncodedLength => WireHeader.SizeInBytes + _file.Length;

    /// <summary>Takes over a public key from a file that SEAL saved.</summary>
    public static SealPublicKey Adopt(SealSetting setting, byte[] saved)
    {
        SealFileLayout layout = setting.PublicKeys[0];
        var file = new byte[layout.Length];
        layout.Rewrite(saved, file);
        return new SealPublicKey(setting, file);
    }

    public static SealPublicKey? TryRead(SealSetting setting, ReadOnlySpan<byte> source, out FormatError reason)
    {
        SealFileLayout layout = setting.PublicKeys[0];
        if (source.Length == WireHeader.SizeInBytes + setting.PublicKeys[1].Length)
        {
            layout = setting.PublicKeys[1];
        }

        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, setting.Parameters.Id, WireHeader.SizeInBytes + layout.Length);
        ReadOnlySpan<byte> file = reader.ReadBytes(layout.Length);
        reader.ExpectEnd();
        reason = reader.Failed ? reader.Error : layout.Check(file);
        return reason == FormatError.None ? new SealPublicKey(setting, file.ToArray()) : null;
    }

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, _file.Length);
        writer.WriteBytes(_file);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Encryptor.Dispose();
        }

        base.Dispose(disposing);
    }
}
