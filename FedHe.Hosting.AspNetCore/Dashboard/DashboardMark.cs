namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>The mark on the endpoints of a dashboard, by which the server finds out at its start whether they are open to everybody.</summary>
internal sealed class DashboardMark
{
    public static DashboardMark Instance { get; } = new();
}
