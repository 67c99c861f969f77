using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>Half-group layouts are the layouts of all widths for registers of one kind, each computed at its first use.</summary>
internal static class HalfGroupLayouts<THalf>
    where THalf : struct, IHalfLane<THalf>
{
    private static readonly HalfGroupLayout?[] Layouts = new HalfGroupLayout?[HalfPackingKernel.MaxWidth + 1];

    /// <summary>Returns the layout of values of a width in bits.</summary>
    public static HalfGroupLayout OfWidth(int width) => Layouts[width]
        ??= new HalfGroupLayout(width, Math.Max(ByteGroupLayout.GroupLength, THalf.Count), THalf.HalvesPerLoad);
}
