namespace FedHe.Benchmarks.Scale;

/// <summary>The options of a round choose its size.</summary>
/// <param name="Params">Number of parameters of the model.</param>
/// <param name="Clients">Number of clients.</param>
/// <param name="Threads">Threads of one operation.</param>
/// <param name="Precision">Promised precision in bits, or 0 to leave nothing out.</param>
internal sealed record ScaleOptions(long Params, int Clients, int Threads, int Precision);
