using FedHe.Crypto.Errors;

namespace FedHe.TestKit.Hostile;

/// <summary>A wire parser parses bytes and gives the reason for a refusal, without an exception on any input.</summary>
/// <param name="source">The bytes.</param>
/// <param name="exercise">Whether to use an accepted object in every operation that could stumble over it.</param>
public delegate FormatError WireParser(ReadOnlySpan<byte> source, bool exercise);
