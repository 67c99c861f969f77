namespace FedHe.MLBridge.Kernels;

/// <summary>One register of numbers that are selected by the lowest <see cref="Count"/> bits of a word.</summary>
internal interface ISelectionLane
{
    /// <summary>The number of numbers in one register: a power of two.</summary>
    static abstract int Count { get; }

    /// <summary>Stores the numbers whose bit is set, in order, and arbitrary ones after them: a whole register.</summary>
    static abstract void Compress(ref double source, ulong bits, ref double destination);

    /// <summary>Stores the next member where a bit is set and the next other elsewhere. Reads whole registers.</summary>
    static abstract void Merge(ref double members, ref double others, ulong bits, ref double destination);
}
