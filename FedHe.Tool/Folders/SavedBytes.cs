using System.Buffers;

namespace FedHe.Tool.Folders;

/// <summary>The bytes of what can be saved, for files that are written as a whole.</summary>
internal static class SavedBytes
{
    public static byte[] Of(Action<IBufferWriter<byte>> save)
    {
        var bytes = new ArrayBufferWriter<byte>();
        save(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
