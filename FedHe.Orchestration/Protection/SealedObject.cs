using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Protection;

/// <summary>
/// A sealed object is a secret on disk: its kind and public part in clear, and the secret as a protector encrypted it, bound
/// to everything before it. docs/wire-format.md describes it as kind 69.
/// </summary>
internal static class SealedObject
{
    public static void Write(
        SealedKind kind, Digest parametersId, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> secret, ISecretProtector protector, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(protector);
        ArgumentNullException.ThrowIfNull(destination);
        byte[] encrypted = protector.Protect(secret, Context(kind, parametersId, clear));
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.SealedSecret, parametersId, sizeof(byte) + (2 * sizeof(int)) + clear.Length + encrypted.Length);
        writer.WriteByte((byte)kind);
        writer.WriteBytesWithLength(clear);
        writer.WriteBytesWithLength(encrypted);
    }

    /// <summary>Opens a sealed object; the caller disposes the secret.</summary>
    /// <exception cref="HeFormatException">The bytes are no such object, or the protector does not open them.</exception>
    public static PinnedBufferWriter Open(
        SealedKind kind, Digest parametersId, ReadOnlySpan<byte> source, ISecretProtector protector, string what, out byte[] clear)
    {
        ArgumentNullException.ThrowIfNull(protector);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.SealedSecret, parametersId, int.MaxValue);
        reader.Require(reader.ReadByte() == (byte)kind, FormatError.WrongKind);
        clear = reader.ReadBytesWithLength().ToArray();
        ReadOnlySpan<byte> encrypted = reader.ReadBytesWithLength();
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, what);
        }

        var secret = new PinnedBufferWriter();
        try
        {
            return protector.TryUnprotect(encrypted, Context(kind, parametersId, clear), secret)
                ? secret
                : throw new HeFormatException(FormatError.AuthenticationFailed, what);
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    private static byte[] Context(SealedKind kind, Digest parametersId, ReadOnlySpan<byte> clear)
    {
        var context = new ArrayBufferWriter<byte>();
        context.Write("FedHe sealed secret v1"u8);
        var writer = new WireWriter(context);
        writer.WriteByte((byte)kind);
        writer.WriteDigest(parametersId);
        writer.WriteBytes(clear);
        return context.WrittenSpan.ToArray();
    }
}
