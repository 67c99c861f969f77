using FedHe.Crypto.Errors;

namespace FedHe.TestKit.Hostile;

/// <summary>
/// A wire object under attack is a kind of object with its well-formed bytes, their parser and the parser's limit.
/// </summary>
/// <param name="Name">Name in failures.</param>
/// <param name="Bytes">Well-formed bytes.</param>
/// <param name="Parse">The parser.</param>
/// <param name="AllocationLimit">Bytes that the parser may allocate, whatever it is given.</param>
public sealed record WireObject(string Name, byte[] Bytes, WireParser Parse, long AllocationLimit)
{
    /// <summary>
    /// Parses spoiled bytes, uses an accepted object, and fails on any exception and on allocations above the limit.
    /// </summary>
    /// <param name="source">The spoiled bytes.</param>
    /// <param name="describe">Describes, in case of failure only, how the bytes were spoiled.</param>
    /// <returns>Whether the bytes were refused.</returns>
    public bool Refuses(ReadOnlySpan<byte> source, Func<string> describe)
    {
        try
        {
            var guard = AllocationGuard.Start();
            FormatError reason = Parse(source, exercise: false);
            guard.ShouldBeAtMost(AllocationLimit, () => $"{Name}, {describe()}");
            if (reason == FormatError.None)
            {
                Parse(source, exercise: true);
            }

            return reason != FormatError.None;
        }
        catch (Exception failure)
        {
            throw new Xunit.Sdk.XunitException($"{Name}, {describe()}: {failure}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
