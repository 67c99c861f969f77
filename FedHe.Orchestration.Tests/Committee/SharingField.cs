using FedHe.Crypto.Sharing;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>The field of the shares, in plain arithmetic, for adversaries that compute with them.</summary>
internal static class SharingField
{
    public static ushort Add(int a, int b) => (ushort)((a + b) % SharingParameters.Prime);

    public static ushort Multiply(int a, int b)
        => (ushort)((((long)a * b % SharingParameters.Prime) + SharingParameters.Prime) % SharingParameters.Prime);

    public static ushort Inverse(int a)
    {
        ushort inverse = 1;
        for (int i = 0; i < SharingParameters.Prime - 2; i++)
        {
            inverse = Multiply(inverse, a);
        }

        return inverse;
    }

    /// <summary>The value at a member of the polynomial that is 1 at 0, and 0 at some members.</summary>
    public static ushort Unit(int member, IEnumerable<int> zeros)
    {
        ushort value = 1;
        foreach (int zero in zeros)
        {
            // (x - z) / (0 - z), where the point of a member is its index and one more.
            value = Multiply(value, Multiply(zero - member, Inverse(zero + 1)));
        }

        return value;
    }

    public static ushort[] ElementsOf(KeyShare share)
    {
        var bytes = new byte[share.Parameters.ShareSizeInBytes];
        share.CopyTo(bytes);
        return [.. Enumerable.Range(0, bytes.Length / 2).Select(i => (ushort)(bytes[2 * i] | (bytes[(2 * i) + 1] << 8)))];
    }

    public static byte[] BytesOf(IEnumerable<ushort> elements) => [.. elements.SelectMany(element => new[] { (byte)element, (byte)(element >> 8) })];
}
