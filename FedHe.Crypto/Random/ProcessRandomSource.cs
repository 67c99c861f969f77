using System.Security.Cryptography;

namespace FedHe.Crypto.Random;

/// <summary>The process random source is the generator of the framework.</summary>
/// <remarks>
/// On Linux it is OpenSSL's, which lives in the memory of the process and seldom asks the kernel: two continuations of one
/// snapshot of a machine get the same bytes from it.
/// </remarks>
internal sealed class ProcessRandomSource : RandomSource
{
    public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
