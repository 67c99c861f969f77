using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Authoring;

/// <summary>The edge of the capacity, stated without the comparison that decides it.</summary>
public sealed class VectorGuardTests
{
    public static TheoryData<string> Schemes => [.. SchemeRegistry.All.Select(scheme => scheme.Name)];

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Fits_MagnitudeOfTheWholeCapacity_IsRefusedAndTheNextSmallerOneFits(string scheme)
    {
        HeParameters parameters = Named(scheme);
        double capacity = parameters.Capacity;

        VectorGuard.Fits(parameters, new VectorBound(capacity, 0, 0, 0)).Should().BeFalse("the limit itself is excluded");
        VectorGuard.Fits(parameters, new VectorBound(Math.BitDecrement(capacity), 0, 0, 0)).Should().BeTrue();
        FluentActions.Invoking(() => VectorGuard.CheckFits(parameters, new VectorBound(capacity, 0, 0, 0))).Should().Throw<HeCapacityException>();
        FluentActions.Invoking(() => VectorGuard.CheckFits(parameters, new VectorBound(Math.BitDecrement(capacity), 0, 0, 0))).Should().NotThrow();
    }

    [Fact]
    public void Fits_ErrorThatFillsTheCapacity_CountsLikeMagnitude()
    {
        HeParameters parameters = SchemeRegistry.Plain.Parameters;
        double half = parameters.Capacity / 2;

        VectorGuard.Fits(parameters, new VectorBound(half, half, 0, 0)).Should().BeFalse("rounding counts");
        VectorGuard.Fits(parameters, new VectorBound(half, half / 2, half / 2, half * half)).Should().BeFalse("the smaller figure of the noise counts");
        VectorGuard.Fits(parameters, new VectorBound(half, half / 2, half / 4, half * half)).Should().BeTrue();
        VectorGuard.Fits(parameters, new VectorBound(half, half / 2, half, 0)).Should().BeTrue("the larger figure does not count");
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void Fits_FigureOfTheNoiseThatIsNotFinite_IsRefusedThoughTheOtherOneIsSmall(double figure)
    {
        HeParameters parameters = SchemeRegistry.Plain.Parameters;

        VectorGuard.Fits(parameters, new VectorBound(1, 0, figure, 0)).Should().BeFalse();
        VectorGuard.Fits(parameters, new VectorBound(1, 0, 0, figure)).Should().BeFalse();
    }

    private static HeParameters Named(string scheme) => SchemeRegistry.All.Single(each => each.Name == scheme).Parameters;
}
