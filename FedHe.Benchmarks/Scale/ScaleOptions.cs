using FedHe.Benchmarks.Rounds;

namespace FedHe.Benchmarks.Scale;

/// <summary>Scale options choose the size of a round.</summary>
/// <param name="Mode">What models are encrypted under.</param>
/// <param name="Params">The number of parameters of the model.</param>
/// <param name="Clients">The number of clients.</param>
/// <param name="Threads">The number of threads of one operation.</param>
/// <param name="Precision">Promised precision in bits; 0, in the direct mode alone, leaves nothing out.</param>
internal sealed record ScaleOptions(RoundMode Mode, long Params, int Clients, int Threads, int Precision);
