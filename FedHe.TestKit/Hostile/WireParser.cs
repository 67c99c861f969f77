using FedHe.Crypto.Errors;

namespace FedHe.TestKit.Hostile;

/// <summary>Parses bytes and says why they were refused; throws nothing on any input.</summary>
/// <param name="source">The bytes.</param>
/// <param name="exercise">Whether to use an accepted object in every operation that could stumble over it.</param>
public delegate FormatError WireParser(ReadOnlySpan<byte> source, bool exercise);
