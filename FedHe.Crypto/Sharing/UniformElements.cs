using FedHe.Crypto.Kernels.Sharing;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>Uniform elements are random words of 16 bits, of which those that are no elements were left out.</summary>
/// <remarks>
/// The time tells how many words were left out and where. Both are independent of the words that stay, each of which is uniform given
/// that it stays.
/// </remarks>
internal static class UniformElements
{
    /// <summary>Fills memory with independent uniform elements of F_p.</summary>
    public static void Fill(Span<ushort> destination, RandomSource random)
    {
        while (!destination.IsEmpty)
        {
            random.Fill(ElementBytes.Of(destination));
            int kept = SharingKernel.Default.AreElements(destination) ? destination.Length : SharingKernel.Compact(destination);
            destination = destination[kept..];
        }
    }
}
