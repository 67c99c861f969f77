namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>A dashboard mark is on the endpoints of a dashboard, so that the server finds out at its start whether they are open to everybody.</summary>
internal sealed class DashboardMark
{
    public static DashboardMark Instance { get; } = new();
}
