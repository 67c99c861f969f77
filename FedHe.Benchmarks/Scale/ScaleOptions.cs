namespace FedHe.Benchmarks.Scale;

/// <summary>Scale options choose the size of a round.</summary>
/// <param name="Params">The number of parameters of the model.</param>
/// <param name="Clients">The number of clients.</param>
/// <param name="Threads">The number of threads of one operation.</param>
/// <param name="Precision">Promised precision in bits, or 0 to leave nothing out.</param>
internal sealed record ScaleOptions(long Params, int Clients, int Threads, int Precision);
