using FedHe.Privacy.Ledgers;

namespace FedHe.Privacy.Reports;

/// <summary>A ledger in a privacy report: who keeps it, to whom it promises, and the accountant.</summary>
/// <param name="Holder">Who keeps the ledger, such as the name of a hospital.</param>
/// <param name="PromisedTo">To whom the promise is made and against whom it holds, in a sentence.</param>
/// <param name="Accountant">The accountant, which is read and not changed.</param>
public sealed record PrivacyReportLedger(string Holder, string PromisedTo, PrivacyAccountant Accountant);
