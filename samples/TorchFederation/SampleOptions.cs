namespace TorchFederation;

/// <summary>The options of the program.</summary>
/// <param name="Model">The name of a model, or null for all.</param>
/// <param name="Mnist">The folder of MNIST's files, or null for synthetic data.</param>
/// <param name="Adapters">Whether adapters are trained in the place of whole models.</param>
/// <param name="Rounds">The number of rounds, at least 1.</param>
/// <param name="Seed">The seed of everything that is random but encryption.</param>
internal sealed record SampleOptions(string? Model, string? Mnist, bool Adapters, int Rounds, int Seed);
