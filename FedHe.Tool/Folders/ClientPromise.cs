namespace FedHe.Tool.Folders;

/// <summary>A client promise is what a client promised to the people in its data, in its own words and not the job's.</summary>
/// <param name="Epsilon">The largest epsilon.</param>
/// <param name="Delta">Its delta.</param>
/// <param name="Clip">The largest 2-norm of the client's difference.</param>
/// <param name="Colluders">The smallest number of colluders that the client reckons with.</param>
internal sealed record ClientPromise(double Epsilon, double Delta, double Clip, int Colluders);
