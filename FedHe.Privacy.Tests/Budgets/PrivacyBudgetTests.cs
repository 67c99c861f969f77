using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Budgets;

/// <summary>A budget says everything, or is refused by the name of what it does not say.</summary>
public sealed class PrivacyBudgetTests
{
    [Fact]
    public void Budgets_OfBothUnits_SayWhatTheyPromise()
    {
        PrivacyBudget.ForClients(8, 1e-5, 2).ToString().Should().Be("(8, 1E-05)-differential privacy of every client, clipped at 2");
        PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 2).ToString().Should().Contain("record (LocalDpSgd)");
    }

    [Theory]
    [InlineData(null, null, 1.0, 1e-5, 1.0, PrivacyError.UnitMissing)]
    [InlineData((PrivacyUnit)0, null, 1.0, 1e-5, 1.0, PrivacyError.UnitMissing)]
    [InlineData((PrivacyUnit)3, null, 1.0, 1e-5, 1.0, PrivacyError.UnitMissing)]
    [InlineData(PrivacyUnit.Record, null, 1.0, 1e-5, 1.0, PrivacyError.RecordFormMismatch)]
    [InlineData(PrivacyUnit.Record, (RecordForm)0, 1.0, 1e-5, 1.0, PrivacyError.RecordFormMismatch)]
    [InlineData(PrivacyUnit.Client, RecordForm.LocalDpSgd, 1.0, 1e-5, 1.0, PrivacyError.RecordFormMismatch)]
    [InlineData(PrivacyUnit.Client, null, null, 1e-5, 1.0, PrivacyError.EpsilonOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 0.0, 1e-5, 1.0, PrivacyError.EpsilonOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 1.0, null, 1.0, PrivacyError.DeltaOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 1.0, 1.0, 1.0, PrivacyError.DeltaOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 1.0, 1e-5, null, PrivacyError.ClipOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 1.0, 1e-5, 0.0, PrivacyError.ClipOutOfRange)]
    [InlineData(PrivacyUnit.Client, null, 1.0, 1e-5, double.PositiveInfinity, PrivacyError.ClipOutOfRange)]
    public void Budget_WithAPartMissingOrWrong_IsRefusedByItsName(
        PrivacyUnit? unit, RecordForm? form, double? epsilon, double? delta, double? clip, PrivacyError error)
        => Refusal.Of(() => PrivacyBudget.Create(unit, form, epsilon, delta, clip), error);

    [Fact]
    public void Clip_ThatAPartyReports_MustBeTheSame()
    {
        PrivacyBudget budget = PrivacyBudget.ForClients(1, 1e-5, 0.1);
        budget.RequireClip(0.1);
        Refusal.Of(() => budget.RequireClip(Math.BitIncrement(0.1)), PrivacyError.ClipDiffers);
        Refusal.Of(() => budget.RequireClip(double.NaN), PrivacyError.ClipDiffers);
    }
}
