using System.Diagnostics.CodeAnalysis;

namespace FedHe.MLBridge.Optimizers;

/// <summary>
/// A server optimizer says how the average d of the clients' differences moves the model x: by a learning rate r, a first moment m, and for
/// adaptive rules by a second moment v of each value.
/// </summary>
/// <remarks>
/// <para>
/// Adaptive rules compute m = b1*m + (1 - b1)*d, then v, and x = x + r*m/(sqrt(v) + tau). The moments begin with m = 0 and v = tau^2. Nothing
/// corrects their bias. The literature has the server compute this; where sums are encrypted, every holder of the key does, and all have the
/// same moments.
/// </para>
/// Source: Reddi, Charles, Zaheer, Garrett, Rush, Konecny, Kumar and McMahan, "Adaptive Federated Optimization", ICLR 2021, algorithm 2;
/// momentum as in Hsu, Qi and Brown, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification", 2019, section 4.3.
/// </remarks>
public sealed record ServerOptimizer
{
    // Single precision holds their squares.
    private const double LeastAdaptivity = 1.0 / (1 << 30);
    private const double LargestAdaptivity = 1 << 30;

    /// <summary>Creates a server optimizer of any kind; the other ways to create one have fewer parameters.</summary>
    /// <param name="kind">The rule.</param>
    /// <param name="learningRate">The learning rate r, positive and finite.</param>
    /// <param name="firstDecay">The decay b1 of the first moment, in [0, 1).</param>
    /// <param name="secondDecay">The decay b2 of the second moment, in [0, 1); 0 where the rule has none: momentum and Adagrad.</param>
    /// <param name="adaptivity">The degree of adaptivity tau, in units of the model's values: from 2^-30 to 2^30; 0 for momentum.</param>
    /// <exception cref="ArgumentException">A number is out of range, or belongs to another rule.</exception>
    public ServerOptimizer(ServerOptimizerKind kind, double learningRate, double firstDecay, double secondDecay, double adaptivity)
    {
        if (Check(kind, learningRate, firstDecay, secondDecay, adaptivity) is (string parameter, string message))
        {
            throw new ArgumentException(message, parameter);
        }

        Kind = kind;
        LearningRate = learningRate;
        FirstDecay = firstDecay;
        SecondDecay = secondDecay;
        Adaptivity = adaptivity;
    }

    /// <summary>The rule.</summary>
    public ServerOptimizerKind Kind { get; }

    /// <summary>The learning rate r.</summary>
    public double LearningRate { get; }

    /// <summary>The decay b1 of the first moment.</summary>
    public double FirstDecay { get; }

    /// <summary>The decay b2 of the second moment, or 0 where the rule has none.</summary>
    public double SecondDecay { get; }

    /// <summary>The degree of adaptivity tau, or 0 for momentum.</summary>
    public double Adaptivity { get; }

    /// <summary>Whether the rule keeps a second moment of each value.</summary>
    public bool IsAdaptive => Kind != ServerOptimizerKind.Momentum;

    /// <summary>Creates gradient descent with momentum (FedAvgM).</summary>
    /// <param name="learningRate">The learning rate r, positive and finite.</param>
    /// <param name="momentum">The decay b1, in [0, 1).</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static ServerOptimizer Momentum(double learningRate, double momentum = 0.9)
        => new(ServerOptimizerKind.Momentum, learningRate, momentum, secondDecay: 0, adaptivity: 0);

    /// <summary>Creates FedAdagrad, without a first moment unless one is asked for.</summary>
    /// <param name="learningRate">The learning rate r, positive and finite.</param>
    /// <param name="adaptivity">The degree of adaptivity tau, in units of the model's values.</param>
    /// <param name="firstDecay">The decay b1, in [0, 1).</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static ServerOptimizer Adagrad(double learningRate, double adaptivity = 1e-3, double firstDecay = 0)
        => new(ServerOptimizerKind.Adagrad, learningRate, firstDecay, secondDecay: 0, adaptivity);

    /// <summary>Creates FedAdam, with the decays of the paper.</summary>
    /// <param name="learningRate">The learning rate r, positive and finite.</param>
    /// <param name="adaptivity">The degree of adaptivity tau, in units of the model's values.</param>
    /// <param name="firstDecay">The decay b1, in [0, 1).</param>
    /// <param name="secondDecay">The decay b2, in [0, 1).</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static ServerOptimizer Adam(double learningRate, double adaptivity = 1e-3, double firstDecay = 0.9, double secondDecay = 0.99)
        => new(ServerOptimizerKind.Adam, learningRate, firstDecay, secondDecay, adaptivity);

    /// <summary>Creates FedYogi, with the decays of the paper.</summary>
    /// <param name="learningRate">The learning rate r, positive and finite.</param>
    /// <param name="adaptivity">The degree of adaptivity tau, in units of the model's values.</param>
    /// <param name="firstDecay">The decay b1, in [0, 1).</param>
    /// <param name="secondDecay">The decay b2, in [0, 1).</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static ServerOptimizer Yogi(double learningRate, double adaptivity = 1e-3, double firstDecay = 0.9, double secondDecay = 0.99)
        => new(ServerOptimizerKind.Yogi, learningRate, firstDecay, secondDecay, adaptivity);

    /// <summary>Creates a server optimizer from numbers that were read, or returns false where the constructor would refuse them.</summary>
    /// <param name="kind">The rule.</param>
    /// <param name="learningRate">The learning rate r.</param>
    /// <param name="firstDecay">The decay b1 of the first moment.</param>
    /// <param name="secondDecay">The decay b2 of the second moment.</param>
    /// <param name="adaptivity">The degree of adaptivity tau.</param>
    /// <param name="optimizer">The optimizer.</param>
    public static bool TryCreate(
        ServerOptimizerKind kind,
        double learningRate,
        double firstDecay,
        double secondDecay,
        double adaptivity,
        [NotNullWhen(true)] out ServerOptimizer? optimizer)
    {
        bool isValid = Check(kind, learningRate, firstDecay, secondDecay, adaptivity) is null;
        optimizer = isValid ? new ServerOptimizer(kind, learningRate, firstDecay, secondDecay, adaptivity) : null;
        return isValid;
    }

    private static (string Parameter, string Message)? Check(
        ServerOptimizerKind kind, double learningRate, double firstDecay, double secondDecay, double adaptivity) => kind switch
        {
            _ when !Enum.IsDefined(kind) => (nameof(kind), "The kind is not defined."),
            _ when !(learningRate > 0) || !double.IsFinite(learningRate) => (nameof(learningRate), "A learning rate is positive and finite."),
            _ when !(firstDecay is >= 0 and < 1) => (nameof(firstDecay), "A decay is at least 0 and below 1."),
            _ when !(secondDecay is >= 0 and < 1) => (nameof(secondDecay), "A decay is at least 0 and below 1."),
            ServerOptimizerKind.Momentum or ServerOptimizerKind.Adagrad when secondDecay != 0
                => (nameof(secondDecay), "Momentum and Adagrad have no decay of a second moment: leave it 0."),
            ServerOptimizerKind.Momentum when adaptivity != 0 => (nameof(adaptivity), "Momentum is not adaptive: leave the degree of adaptivity 0."),
            not ServerOptimizerKind.Momentum when !(adaptivity is >= LeastAdaptivity and <= LargestAdaptivity)
                => (nameof(adaptivity), "A degree of adaptivity is between 2^-30 and 2^30."),
            _ => null,
        };
}
