using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>Byte-group layouts are the layouts of all widths for registers of one kind, each computed at its first use.</summary>
internal static class ByteGroupLayouts<TWord>
    where TWord : struct, IWordLane<TWord>
{
    private static readonly ByteGroupLayout?[] Layouts = new ByteGroupLayout?[BitPackingKernel.MaxWidth + 1];

    /// <summary>Returns the layout of values of a width in bits.</summary>
    public static ByteGroupLayout OfWidth(int width) => Layouts[width] ??= new ByteGroupLayout(width, TWord.WordsPerLoad);
}
