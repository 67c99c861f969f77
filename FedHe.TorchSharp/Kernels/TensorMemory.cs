using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Kernels;

/// <summary>Tensor memory gives access to the elements of a tensor where they lie.</summary>
internal static class TensorMemory
{
    /// <summary>Returns the elements of a contiguous tensor on the CPU in row-major order. The tensor must outlive the span.</summary>
    /// <typeparam name="T">A type of the size of the tensor's elements.</typeparam>
    public static Span<T> Of<T>(Tensor tensor)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(tensor.bytes);
}
