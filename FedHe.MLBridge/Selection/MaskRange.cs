namespace FedHe.MLBridge.Selection;

/// <summary>A mask range is a run of adjacent positions in the flat vector.</summary>
internal readonly record struct MaskRange(long Start, long Length)
{
    public long End => Start + Length;
}
