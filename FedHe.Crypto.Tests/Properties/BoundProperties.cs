using FedHe.Crypto.Bounds;
using FsCheck;
using FsCheck.Fluent;

namespace FedHe.Crypto.Tests.Properties;

/// <summary>The algebra that everything built on bounds relies on.</summary>
public sealed class BoundProperties
{
    private static readonly Config Configuration = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(1, 3);

    private static readonly Arbitrary<VectorBound> Bounds = (
        from maxAbs in Gen.Choose(1, 1 << 20)
        from rounding in Gen.Choose(0, 1 << 10)
        from noiseMax in Gen.Choose(0, 1 << 20)
        from variance in Gen.Choose(0, 1 << 10)
        select new VectorBound(maxAbs, rounding, noiseMax, variance)).ToArbitrary();

    [Fact]
    public void Add_AnyOrder_GivesTheSameBound()
        => Prop.ForAll(Bounds, Bounds, Bounds, (a, b, c) => a.Add(b).Add(c) == c.Add(a).Add(b)).Check(Configuration);

    [Fact]
    public void Scale_IsTheSumOfNoMoreErrorThanThatManyWorstCases()
        => Prop.ForAll(Bounds, Gen.Choose(1, 1000).ToArbitrary(), (bound, weight) =>
            bound.Scale(weight).ErrorBound <= weight * (bound.Rounding + bound.NoiseMax) * (1 + 1e-12)).Check(Configuration);

    [Fact]
    public void ErrorBound_OfASum_IsAtMostTheSumOfErrorBounds()
        => Prop.ForAll(Bounds, Bounds, (a, b) =>
            a.Add(b).ErrorBound <= (a.ErrorBound + b.ErrorBound) * (1 + 1e-12)).Check(Configuration);
}
