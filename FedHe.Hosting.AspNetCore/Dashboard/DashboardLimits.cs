namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>Dashboard limits say how much work viewers may cause. Tests, which look at once at what they did, have others.</summary>
internal sealed record DashboardLimits
{
    /// <summary>The time for which all viewers get one snapshot, however many ask and however often.</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromMilliseconds(500);
}
