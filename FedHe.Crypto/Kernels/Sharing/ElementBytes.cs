using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.Sharing;

/// <summary>Element bytes are elements as they lie in memory, two bytes each.</summary>
internal static class ElementBytes
{
    /// <summary>Returns the memory of elements.</summary>
    public static Span<byte> Of(Span<ushort> elements) => MemoryMarshal.AsBytes(elements);
}
