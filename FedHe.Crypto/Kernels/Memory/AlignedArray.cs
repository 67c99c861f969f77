using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>An aligned array is a pinned, initially zeroed array that begins at a multiple of 64 bytes.</summary>
/// <remarks>
/// A register of eight words never spans two cache lines, which would cost a kernel up to half its speed, and the garbage
/// collector never leaves a copy behind.
/// </remarks>
internal sealed class AlignedArray<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    /// <summary>Allocates an array of zeros.</summary>
    public AlignedArray(int length)
    {
        Length = length;
        Storage = GC.AllocateArray<T>(length + (Alignment / Unsafe.SizeOf<T>()), pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(Storage, 0);
        Start = (int)(-address & (Alignment - 1)) / Unsafe.SizeOf<T>();
    }

    /// <summary>Allocates an aligned copy of values.</summary>
    public AlignedArray(ReadOnlySpan<T> values)
        : this(values.Length) => values.CopyTo(Span);

    /// <summary>The number of elements in the array.</summary>
    public int Length { get; }

    /// <summary>The array that holds the elements, from <see cref="Start"/> on.</summary>
    public T[] Storage { get; }

    /// <summary>The index of the first element in <see cref="Storage"/>.</summary>
    public int Start { get; }

    /// <summary>The span of all elements.</summary>
    public Span<T> Span => Storage.AsSpan(Start, Length);

    /// <summary>A reference to the first element.</summary>
    public ref T First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Storage), Start);

    public static implicit operator Span<T>(AlignedArray<T> array) => array.Span;

    public static implicit operator ReadOnlySpan<T>(AlignedArray<T> array) => array.Span;
}
