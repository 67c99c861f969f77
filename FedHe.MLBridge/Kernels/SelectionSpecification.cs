namespace FedHe.MLBridge.Kernels;

/// <summary>The specification of gather and merge, as plain loops.</summary>
internal sealed class SelectionSpecification : SelectionKernel
{
    public override int Gather(ReadOnlySpan<double> values, ReadOnlySpan<ulong> set, bool isMember, Span<double> destination)
    {
        ulong flip = isMember ? 0 : ulong.MaxValue;
        int next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            destination[next] = values[i];
            next += (int)(((set[i / BitsPerWord] ^ flip) >> (i % BitsPerWord)) & 1);
        }

        return next;
    }

    public override void Merge(
        ReadOnlySpan<double> members, ReadOnlySpan<double> others, ReadOnlySpan<ulong> set, Span<double> destination)
    {
        int member = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            int isMember = (int)((set[i / BitsPerWord] >> (i % BitsPerWord)) & 1);
            destination[i] = isMember != 0 ? members[member] : others[i - member];
            member += isMember;
        }
    }
}
