using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Strategies;

/// <summary>The aggregation strategies of this package, by name.</summary>
public static class AggregationStrategies
{
    /// <summary>Finds the strategy with a given name.</summary>
    /// <exception cref="NotSupportedException">
    /// This package has no strategy of this name; construct your own and pass it instead.
    /// </exception>
    public static IAggregationStrategy Find(string name) => name switch
    {
        FedAvgStrategy.StrategyName => new FedAvgStrategy(),
        FedProxStrategy.StrategyName => new FedProxStrategy(),
        _ => throw Throw.UnknownStrategy(name),
    };
}
