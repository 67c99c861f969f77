using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Composition;

/// <summary>A Renyi composition adds Renyi divergences of many orders; the best order gives epsilon.</summary>
/// <remarks>Source: Mironov, "Renyi Differential Privacy", CSF 2017, proposition 1.</remarks>
public sealed class RenyiComposition : PrivacyComposition
{
    private static readonly double[] UsualOrders =
    [
        .. Enumerable.Range(11, 99).Select(tenth => tenth / 10.0), .. Enumerable.Range(11, 54).Select(order => (double)order),
        80, 96, 128, 192, 256, 384, 512, 768, 1024,
    ];

    private readonly double[] _orders;
    private readonly double[] _divergences;

    /// <summary>Composes nothing yet, with orders that suit epsilons between about 0.05 and 50.</summary>
    public RenyiComposition()
        : this(UsualOrders, new double[UsualOrders.Length], distance: 0)
    {
    }

    /// <summary>Composes nothing yet.</summary>
    /// <param name="orders">The orders, each a finite number of more than 1.01.</param>
    /// <exception cref="PrivacyException">There are no orders, or one is out of range.</exception>
    public RenyiComposition(IEnumerable<double> orders)
        : this([.. orders ?? throw new ArgumentNullException(nameof(orders))])
    {
    }

    private RenyiComposition(double[] orders)
        : this(orders, new double[orders.Length], distance: 0)
    {
        if (orders.Length == 0 || orders.Any(order => !(order > RenyiConversion.SmallestOrder && double.IsFinite(order))))
        {
            throw Throw.OrderOutOfRange();
        }
    }

    private RenyiComposition(double[] orders, double[] divergences, double distance)
        : base(distance)
    {
        _orders = orders;
        _divergences = divergences;
        Orders = Array.AsReadOnly(orders);
        Divergences = Array.AsReadOnly(divergences);
    }

    /// <inheritdoc/>
    public override CompositionMethod Method => CompositionMethod.Renyi;

    /// <summary>The orders.</summary>
    public IReadOnlyList<double> Orders { get; }

    /// <summary>The divergences of all releases together, one for each order.</summary>
    public IReadOnlyList<double> Divergences { get; }

    /// <summary>Returns the order that gives the smallest epsilon at a delta.</summary>
    /// <param name="delta">Delta, strictly between 0 and 1.</param>
    /// <returns>The order.</returns>
    /// <exception cref="PrivacyException">Delta is out of range.</exception>
    public double BestOrder(double delta)
    {
        Throw.IfDeltaOutOfRange(delta);
        return _orders.Zip(_divergences).MinBy(pair => RenyiConversion.Epsilon(pair.First, pair.Second, delta)).First;
    }

    /// <inheritdoc/>
    internal override bool Supports(PrivacyRelease release) => true;

    /// <inheritdoc/>
    private protected override PrivacyComposition AddCore(PrivacyRelease release, long count)
    {
        double[] sums = [.. _divergences.Select((sum, i) => sum + (count * release.RenyiDivergence(_orders[i])))];
        return new RenyiComposition(_orders, sums, Distance + (count * release.Distance));
    }

    /// <inheritdoc/>
    private protected override double EpsilonCore(double delta)
        => _orders.Zip(_divergences).Min(pair => RenyiConversion.Epsilon(pair.First, pair.Second, delta));
}
