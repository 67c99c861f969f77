namespace FedHe.MLBridge.Kernels;

/// <summary>
/// A selection lane is a vector register of numbers, of which the lowest <see cref="Count"/> bits of a word select
/// some.
/// </summary>
internal interface ISelectionLane
{
    /// <summary>The number of elements in a register, a power of two.</summary>
    static abstract int Count { get; }

    /// <summary>Stores the selected numbers in order, followed by arbitrary ones up to a whole register.</summary>
    static abstract void Compress(ref double source, ulong bits, ref double destination);

    /// <summary>
    /// Stores, place by place, the next member where the bit is set and the next other value elsewhere; reads whole
    /// registers.
    /// </summary>
    static abstract void Merge(ref double members, ref double others, ulong bits, ref double destination);
}
